// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/directory.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "io/sink.h"
#include "io/tree.h"
#include "json.h"

/* ---- opening ---- */

int image_note_damage(struct pimg_image *image, const struct pimg_error *damage,
		      struct pimg_error *error)
{
	if (damage->status != PIMG_BAD_DATA) {
		if (error)
			*error = *damage;
		return -1;
	}
	if (!image->damaged)
		image->damage = *damage;
	image->damaged = true;
	return 0;
}

void image_learn_from(struct pimg_image *image, const struct pimg_image *whole)
{
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;
		int64_t found = queue_table_find(&whole->table, info->type, info->id);

		if (found >= 0)
			info->boundaries_lost = whole->queues[found].info.boundaries_lost;
	}
}

int image_refuse_damaged(const struct pimg_image *image, struct pimg_error *error)
{
	const struct pimg_error *damage = pimg_image_damage(image);

	if (!damage)
		return 0;
	if (error)
		*error = *damage;
	return -1;
}

/*
 * Adds a source as a part, which owns it from then on, and reads it.
 * @type: what it must hold, an enum pimg_type, or -1 for any
 */
static int add_part(struct pimg_image *image, struct source *source, int type,
		    struct pimg_error *error)
{
	struct part *part = &image->parts[image->part_count++];
	struct record_reader reader;

	part->source = source;
	if (record_reader_start(&reader, source, error) < 0)
		return -1;
	part->version_10 = reader.version_10;
	if (!image_kind_is_queues(reader.kind, &part->type)) {
		error_check(error, CHECK_WRONG_TYPE,
			    "is a CRIU image of %s records, which hold no queues; "
			    "give pipes-data.img, fifo-data.img, sk-queues.img or the directory",
			    image_kind_name(reader.kind));
		return error_in_file(error, source_name(source));
	}
	/* Queues are found by type: two parts of one type would be taken for each other. */
	if (type >= 0 && part->type != (enum pimg_type)type) {
		error_check(error, CHECK_WRONG_TYPE,
			    "holds %s records, which its name does not say",
			    image_kind_name(reader.kind));
		return error_in_file(error, source_name(source));
	}
	return index_read_part(image, &reader, error);
}

static int add_directory_end(void *context, enum pimg_type type, uint32_t pipe_id,
			     const struct pimg_end *end, struct pimg_error *error)
{
	struct pimg_image *image = context;
	int64_t queue = queue_table_find(&image->table, type, pipe_id);

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

static int open_directory_parts(struct pimg_image *image, int dirfd, struct pimg_error *error)
{
	for (size_t i = 0; i < PARTS_MAX; i++) {
		struct pimg_error damage;
		struct source *source;
		int found;

		found = source_open_in(dirfd, image->name, directory_queue_images[i], &source,
				       error);
		if (found < 0)
			return -1;
		if (found && add_part(image, source, (int)i, &damage) < 0 &&
		    image_note_damage(image, &damage, error) < 0)
			return -1;
	}
	return 0;
}

static int open_directory(struct pimg_image *image, struct pimg_error *error)
{
	_cleanup_close_ int dirfd = tree_open(image->name, error);
	struct directory_reader reader = {
		.end = add_directory_end,
		.problem = note_problem,
		.pause = pause_reading,
		.context = image,
	};

	if (dirfd < 0)
		return -1;
	image->is_directory = true;
	if (open_directory_parts(image, dirfd, error) < 0)
		return -1;
	if (!image->part_count && faccessat(dirfd, "inventory.img", F_OK, 0) < 0) {
		error_check(error, CHECK_WRONG_TYPE, IMAGE_DIRECTORY_EMPTY);
		return error_in_file(error, image->name);
	}
	if (directory_read(&reader, dirfd, image->name, error) < 0)
		return -1;
	image->is_dump = reader.has_inventory;
	return 0;
}

static struct pimg_image *image_new(const char *name, pimg_progress_fn progress, void *context,
				    struct pimg_error *error)
{
	struct pimg_image *image = calloc(1, sizeof(*image));

	if (image)
		image->name = strdup(name);
	if (!image || !image->name) {
		free(image);
		error_memory(error);
		return NULL;
	}
	image->progress = progress;
	image->progress_context = context;
	queue_table_start(&image->table);
	return image;
}

static struct pimg_image *finish_open(struct pimg_image *image, int result,
				      struct pimg_error *error)
{
	if (result == 0 && index_finish(image, error) == 0)
		return image;
	pimg_image_close(image);
	return NULL;
}

struct pimg_image *image_from_source(struct source *source, unsigned flags,
				     pimg_progress_fn progress, void *context,
				     struct pimg_error *error)
{
	struct pimg_image *image = image_new(source_name(source), progress, context, error);

	if (!image) {
		source_close(source);
		return NULL;
	}
	image->unindexed = flags & IMAGE_UNINDEXED;
	return finish_open(image, add_part(image, source, -1, error), error);
}

/* Takes the source over. */
static struct source *source_of_json(struct source *json, struct pimg_error *error)
{
	struct sink *sink = sink_open_nameless(source_name(json), error);
	struct source *source = NULL;

	if (sink && json_read(json, sink, error) == 0 && sink_reread(sink, &source, error) <= 0)
		source = NULL;
	sink_abort(sink);
	source_close(json);
	return source;
}

struct source *image_source_open(const char *path, bool keep, struct pimg_error *error)
{
	struct source *source = source_open(path, error);

	if (source && json_is_next(source))
		return source_of_json(source, error);
	if (source && keep && source_keep(source, error) < 0) {
		source_close(source);
		return NULL;
	}
	return source;
}

struct pimg_image *image_open(const char *path, unsigned flags, pimg_progress_fn progress,
			      void *context, struct pimg_error *error)
{
	struct pimg_image *image;
	struct source *source;
	struct stat status;

	if (strcmp(path, "-") && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		image = image_new(path, progress, context, error);
		if (!image)
			return NULL;
		image->unindexed = flags & IMAGE_UNINDEXED;
		return finish_open(image, open_directory(image, error), error);
	}
	source = image_source_open(path, true, error);
	return source ? image_from_source(source, flags, progress, context, error) : NULL;
}

struct pimg_image *pimg_image_open(const char *path, pimg_progress_fn progress, void *context,
				   struct pimg_error *error)
{
	return image_open(path, 0, progress, context, error);
}

struct pimg_image *pimg_image_open_unindexed(const char *path, pimg_progress_fn progress,
					     void *context, struct pimg_error *error)
{
	return image_open(path, IMAGE_UNINDEXED, progress, context, error);
}

/* ---- images of queues in memory ---- */

static int add_queues(struct pimg_image *image, const struct pimg_queue *const *queues,
		      size_t count, enum pimg_type type, struct pimg_error *error)
{
	struct pimg_writer_options options = {.layout = PIMG_LAYOUT_INDEXED};
	struct source *source = writer_write_nameless(queues, count, type, &options, error);

	return source ? add_part(image, source, (int)type, error) : -1;
}

struct pimg_image *pimg_image_of_queues(const struct pimg_queue *const *queues, size_t count,
					struct pimg_error *error)
{
	struct pimg_image *image = image_new("live", NULL, NULL, error);
	int result = 0;

	if (!image)
		return NULL;
	for (int type = PIMG_PIPE; type <= PIMG_FIFO && result == 0; type++)
		result = add_queues(image, queues, count, (enum pimg_type)type, error);
	return finish_open(image, result, error);
}

void pimg_image_close(struct pimg_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->part_count; i++)
		source_close(image->parts[i].source);
	free(image->queues);
	queue_table_release(&image->table);
	free(image->chunks);
	free(image->record_places);
	free(image->found_ends);
	free(image->ends);
	free(image->name);
	free(image);
}

/* True where the directory has one of the images that make it one of queues, or of CRIU. */
static bool is_image_directory(const char *path)
{
	_cleanup_close_ int dirfd = tree_open(path, NULL);
	bool found = directory_is_of_criu(dirfd);

	for (size_t i = 0; i < PARTS_MAX; i++)
		found |=
			faccessat(dirfd, directory_queue_images[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	return found;
}

int pimg_probe(const char *path, enum pimg_content *content, struct pimg_error *error)
{
	struct source *source;
	int found;
	enum image_kind kind;
	enum pimg_type type;
	struct stat status;
	bool version_10;

	*content = PIMG_CONTENT_OTHER;
	if (lstat(path, &status) < 0) {
		if (errno == ENOENT)
			return 0;
		error_system(error, errno, "cannot open");
		return error_in_file(error, path);
	}
	if (S_ISDIR(status.st_mode) && is_image_directory(path))
		*content = PIMG_CONTENT_DIRECTORY;
	if (!S_ISREG(status.st_mode))
		return 0;
	found = source_open_at(AT_FDCWD, path, path, &source, error);
	/* Gone since. */
	if (found <= 0)
		return found;
	if (magic_read(source, &kind, &version_10, NULL) == 0 && image_kind_is_queues(kind, &type))
		*content = PIMG_CONTENT_QUEUES;
	source_close(source);
	return 0;
}

/* ---- asking ---- */

const char *pimg_image_name(const struct pimg_image *image)
{
	return image->name;
}

bool pimg_image_is_directory(const struct pimg_image *image)
{
	return image->is_directory;
}

const struct pimg_error *pimg_image_damage(const struct pimg_image *image)
{
	return image->damaged ? &image->damage : NULL;
}

size_t pimg_image_queue_count(const struct pimg_image *image)
{
	return image->queue_count;
}

const struct pimg_queue_info *pimg_image_queue(const struct pimg_image *image, size_t queue)
{
	return &image->queues[queue].info;
}

struct pimg_chunk pimg_image_chunk(const struct pimg_image *image, size_t queue, size_t chunk)
{
	const struct indexed_chunk *found;

	if (image->unindexed)
		return (struct pimg_chunk){0};
	found = &image->chunks[image->queues[queue].first_chunk + chunk];
	return (struct pimg_chunk){found->queue_and_kind & 1 ? PIMG_PACKET : PIMG_STREAM,
				   found->length, found->offset};
}

int pimg_image_read(struct pimg_image *image, size_t queue, size_t chunk, uint32_t offset,
		    void *buffer, size_t length, struct pimg_error *error)
{
	const struct indexed_chunk *found;

	if (image->unindexed)
		return error_usage(error, "the image was opened without its index");
	found = &image->chunks[image->queues[queue].first_chunk + chunk];
	if (offset > found->length || length > found->length - offset)
		return error_usage(error, "bytes beyond the end of a chunk");
	return source_read_at(image->parts[image->queues[queue].part].source, found->at + offset,
			      buffer, length, error);
}
