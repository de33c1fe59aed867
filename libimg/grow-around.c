// SPDX-License-Identifier: LGPL-2.1-or-later
/* After the queues of a directory: the images around them, which tell who held the ends. */
#include "format/directory.h"
#include "image.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "queue.h"

static int add_directory_end(void *context, enum pimg_type type, uint32_t pipe_id,
			     const struct pimg_end *end, struct pimg_error *error)
{
	struct pimg_image *image = context;
	struct growth *growth = &image->growth;
	int64_t queue = queue_table_find(&image->table, type, pipe_id);

	if (queue < 0 && queue_end_is_known(end) && pimg_end_reads(end) && !growth->has_missing) {
		growth->has_missing = true;
		growth->missing_type = type;
		growth->missing_id = pipe_id;
	}
	/* What our own records say of their ends was taken at the same moment as the queue. */
	if (queue < 0 || image->queues[queue].info.origin.known)
		return 0;
	return index_add_end(image, (uint32_t)queue, end, error);
}

static int pause_reading(void *context, struct pimg_error *error)
{
	struct pimg_image *image = context;

	if (!image->progress || !image->progress(image->progress_context, 0, 0))
		return 0;
	return error_interrupted(error);
}

/* Of what stands around the queues, only damage is told; verify tells the rest. */
static int note_problem(void *context, const struct pimg_error *problem, struct pimg_error *error)
{
	const struct pimg_check *check = pimg_check(problem->check);

	if (check && check->severity != PIMG_ERROR)
		return 0;
	return image_note_damage(context, problem, error);
}

/* CRIU writes a record for each pipe that it has a read end of, but did not do so in its first year. */
static int check_missing(struct pimg_image *image, struct pimg_error *error)
{
	const struct growth *growth = &image->growth;
	bool is_old = growth->around_reader.version_10, has_part = false;
	struct pimg_error damage;

	for (size_t i = 0; i < image->part_count; i++) {
		is_old |= image->parts[i].head.version_10;
		has_part |= image->parts[i].type == growth->missing_type;
	}
	if (!growth->has_missing || is_old)
		return 0;
	if (has_part)
		error_check(&damage, CHECK_NO_QUEUE,
			    "a read end is in the dump, but no record of the queue");
	else
		error_check(&damage, CHECK_NO_QUEUE, "a read end is in the dump, but no %s",
			    directory_queue_images[growth->missing_type]);
	error_of_pipe(&damage, growth->missing_id);
	error_in_file(&damage, image->name);
	return image_note_damage(image, &damage, error);
}

/* A task has some small files, which take as long to be read as so many bytes of queues. */
#define TASK_BYTES (16 * 1024)

static int start_directory(struct pimg_image *image, struct pimg_error *error)
{
	struct growth *growth = &image->growth;

	growth->around_reader = (struct directory_reader){
		.end = add_directory_end,
		.problem = note_problem,
		.pause = pause_reading,
		.context = image,
		.byte_order = growth->around_reader.byte_order,
		.mixed_order = growth->around_reader.mixed_order,
	};
	growth->around = directory_begin(&growth->around_reader, image->folder, error);
	return growth->around ? 0 : -1;
}

int grow_around(struct pimg_image *image, uint64_t bytes, struct pimg_error *error)
{
	struct growth *growth = &image->growth;
	uint64_t tasks = bytes / TASK_BYTES + 1;
	int result;

	if (!growth->around && start_directory(image, error) < 0)
		return -1;
	result = directory_step(growth->around, tasks < SIZE_MAX ? (size_t)tasks : SIZE_MAX, error);
	if (result)
		return result;
	directory_end(take_pointer(growth->around));
	image->is_dump = growth->around_reader.has_inventory;
	return check_missing(image, error);
}
