// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads the images around the queues of a directory, which say which processes held the ends. */
#include "image/grow-around.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/progress.h"
#include "format/directory-names.h"
#include "format/directory.h"
#include "image/image.h"
#include "image/index.h"
#include "queue/queue.h"

/* Finds or adds a pipe or FIFO that has ends, but no record. Returns null if there are too many. */
static struct unsaved *find_or_add_unsaved(struct pimg_image *image, enum pimg_type type,
					   uint32_t id, struct pimg_error *error)
{
	int64_t number = queue_table_add(&image->unsaved_table, type, id, error);

	if (number < 0)
		return NULL;
	if (number < (int64_t)image->unsaved_count)
		return &image->unsaved[number];
	if (image->queue_count + image->unsaved_count >= QUEUES_MAX) {
		error_check(error, CHECK_TOO_MANY, "more than %u queues, which no machine has",
			    QUEUES_MAX);
		return NULL;
	}
	if (array_make_room(&image->unsaved, &image->unsaved_room, image->unsaved_count + 1,
			    sizeof(*image->unsaved), error) < 0)
		return NULL;
	image->unsaved[image->unsaved_count] = (struct unsaved){.info = {.type = type, .id = id}};
	return &image->unsaved[image->unsaved_count++];
}

static int add_unsaved_end(struct pimg_image *image, enum pimg_type type, uint32_t pipe_id,
			   const struct pimg_end *end, struct pimg_error *error)
{
	struct growth *growth = &image->growth;
	struct unsaved *unsaved;

	/* CRIU writes no record for an empty socket. */
	if (type == PIMG_SOCKET)
		return 0;
	if (queue_end_is_known(end) && pimg_end_reads(end) && !growth->has_missing) {
		growth->has_missing = true;
		growth->missing_type = type;
		growth->missing_id = pipe_id;
	}
	unsaved = find_or_add_unsaved(image, type, pipe_id, error);
	return unsaved ? index_add_end(image, &unsaved->info, &unsaved->holders, end, error) : -1;
}

static int take_task(void *context, const struct directory_task *task, struct pimg_error *error)
{
	struct pimg_image *image = context;

	return tasks_add(&image->tasks, task, error);
}

static int take_descriptor(void *context, uint32_t fd, uint32_t file_id, struct pimg_error *error)
{
	struct pimg_image *image = context;

	return tasks_add_descriptor(&image->tasks, fd, file_id, error);
}

static int add_directory_end(void *context, enum pimg_type type, uint32_t pipe_id,
			     const struct pimg_end *end, struct pimg_error *error)
{
	struct pimg_image *image = context;
	int64_t number = queue_table_find(&image->table, type, pipe_id);
	struct image_queue *queue;

	if (tasks_note_end(&image->tasks, type, pipe_id, end, error) < 0)
		return -1;
	if (number < 0)
		return add_unsaved_end(image, type, pipe_id, end, error);
	queue = &image->queues[number];
	/*
	 * The ends in our records were read from processes together with the queue, so they do not
	 * include descriptors in flight.
	 */
	if (queue->origin.known && !end->socket)
		return 0;
	return index_add_end(image, &queue->info, &queue->holders, end, error);
}

static int take_file(void *context, const struct directory_file *file, struct pimg_error *error)
{
	struct pimg_image *image = context;
	int64_t number =
		file->has_queue ? queue_table_find(&image->table, file->type, file->queue_id) : -1;
	struct unsaved *unsaved;

	if (flights_describe(&image->flights, file, error) < 0 ||
	    tasks_add_file(&image->tasks, file, error) < 0)
		return -1;
	if (number >= 0 && file->type == PIMG_SOCKET)
		image_set_socket(&image->queues[number], file->socket);
	image->has_refused_fifo |= file->is_refused;
	if (!file->has_queue || file->type != PIMG_FIFO || !file->path)
		return 0;
	if (number >= 0)
		return holders_add_path(&image->queues[number].holders, &image->queues[number].info,
					file->path, error);
	unsaved = find_or_add_unsaved(image, file->type, file->queue_id, error);
	return unsaved ? holders_add_path(&unsaved->holders, &unsaved->info, file->path, error)
		       : -1;
}

static int pause_reading(void *context, struct pimg_error *error)
{
	struct pimg_image *image = context;

	return progress_report(&image->progress, 0, 0, error);
}

/* Notes only damage of the images around the queues; verify reports everything else. */
static int note_problem(void *context, const struct pimg_error *problem, struct pimg_error *error)
{
	const struct pimg_check *check = pimg_check_by_id(problem->check);

	if (check && check->severity != PIMG_ERROR)
		return 0;
	return image_note_damage(context, problem, error);
}

/* CRIU writes a record for each pipe with a read end in the dump, except in its first year. */
static int check_missing(struct pimg_image *image, struct pimg_error *error)
{
	const struct growth *growth = &image->growth;
	bool is_old = growth->around_reader.format_10, has_part = false;
	struct pimg_error damage;

	for (size_t i = 0; i < image->part_count; i++) {
		is_old |= image->parts[i].head.format_10;
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
	error_of_queue(&damage, growth->missing_type, growth->missing_id);
	error_in_file(&damage, image->name);
	return image_note_damage(image, &damage, error);
}

/* A queue without a record may have one in a part that cannot be read. */
static void note_unreadable(struct pimg_image *image)
{
	bool damaged[PIMG_SOCKET + 1] = {false};

	for (size_t i = 0; i < image->part_count; i++)
		damaged[image->parts[i].type] |= image->parts[i].damaged;
	for (size_t i = 0; i < image->unsaved_count; i++) {
		struct pimg_queue_info *info = &image->unsaved[i].info;

		info->unreadable = damaged[info->type] || folder_damage(image->folder);
	}
}

/* Reading the small files of a task takes as long as this many bytes of queues. */
#define TASK_BYTES (16 * 1024)

static int start_directory(struct pimg_image *image, struct pimg_error *error)
{
	struct growth *growth = &image->growth;

	if (flights_settle(&image->flights, error) < 0)
		return -1;
	growth->around_reader = (struct directory_reader){
		.end = add_directory_end,
		.file = take_file,
		.problem = note_problem,
		.pause = pause_reading,
		.context = image,
		.byte_order = growth->around_reader.byte_order,
		.mixed_order = growth->around_reader.mixed_order,
		.flights = image->flights.by_file,
		.flight_count = image->flights.count,
	};
	if (image->tasks.wanted) {
		growth->around_reader.task = take_task;
		growth->around_reader.descriptor = take_descriptor;
	}
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
	note_unreadable(image);
	if (tasks_finish(&image->tasks, error) < 0)
		return -1;
	return check_missing(image, error);
}
