// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "exchange/json.h"
#include "format/container.h"
#include "format/directory.h"
#include "format/foreign.h"
#include "format/kept.h"
#include "image/writer-sets.h"
#include "io/archive/reader.h"
#include "io/compression/decompress.h"
#include "io/sink/sink.h"
#include "io/source/open.h"

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
		uint32_t set = image->parts[image->queues[i].part].set;
		int64_t found = queue_table_find_in(&whole->table, set, info->type, info->id);

		if (found < 0)
			continue;
		/* Of what the hook kept no boundary is lost. */
		info->boundaries_lost = whole->queues[found].info.boundaries_lost;
		index_set_socket(&image->queues[i], whole->queues[found].info.socket);
	}
}

int image_refuse_damaged(const struct pimg_image *image, struct pimg_error *error)
{
	const struct pimg_error *damage = pimg_image_damage(image);

	if (!image->growth.complete) {
		error_usage(error, "is not read to its end yet");
		return error_in_file(error, image->name);
	}
	if (!damage)
		return 0;
	if (error)
		*error = *damage;
	return -1;
}

/*
 * Adds a source as a part, which owns it from then on.
 * @type: what it must hold, an enum pimg_type, or -1 for any
 */
static void add_part(struct pimg_image *image, struct source *source, int type)
{
	image->parts[image->part_count++] = (struct part){.source = source, .expected = type};
}

int image_find_part(struct folder *folder, enum pimg_type type, unsigned set,
		    struct source **source, struct pimg_error *error)
{
	char name[DIRECTORY_NAME_MAX];
	int found = folder_find(folder, directory_set_image(type, set, name), source, error);

	if (found <= 0 || folder_has_trace(folder))
		return found;
	*source = source_plain(*source, error);
	return *source ? 1 : -1;
}

/* Takes the source over. */
static int add_directory_part(struct pimg_image *image, struct source *source, size_t type,
			      bool is_kept, struct pimg_error *error)
{
	add_part(image, source, (int)type);
	image->parts[image->part_count - 1].is_kept = is_kept;
	return source_keep(source, error);
}

/* What the hook kept comes before what CRIU has of the same queues, and replaces it. */
static int open_kept(struct pimg_image *image, size_t type, struct pimg_error *error)
{
	struct source *source;
	int found = folder_find(image->folder, kept_image((enum pimg_type)type), &source, error);

	return found > 0 ? add_directory_part(image, source, type, true, error) : found;
}

static int open_directory_parts(struct pimg_image *image, struct pimg_error *error)
{
	for (size_t i = 0; i < QUEUE_TYPES; i++) {
		struct source *source;
		int found;

		if (i != PIMG_SOCKET && image->hook == PIMG_HOOK_KEPT &&
		    open_kept(image, i, error) < 0)
			return -1;
		found = image_find_part(image->folder, (enum pimg_type)i, 0, &source, error);
		if (found < 0)
			return -1;
		if (found && add_directory_part(image, source, i, false, error) < 0)
			return -1;
	}
	return 0;
}

/* Sets are numbered without gaps: the first that is missing ends them. */
static int open_directory_sets(struct pimg_image *image, enum pimg_type type,
			       struct pimg_error *error)
{
	int found = 1;

	for (unsigned set = 1; found > 0 && set < DIRECTORY_SETS_MAX; set++) {
		struct source *source;

		found = image_find_part(image->folder, type, set, &source, error);
		if (found <= 0)
			continue;
		add_part(image, source, (int)type);
		image->parts[image->part_count - 1].set = set;
		found = source_keep(source, error) < 0 ? -1 : 1;
	}
	return found;
}

static enum pimg_hook look_for_hook(struct folder *folder)
{
	enum kept_state state = kept_look(folder).state;

	if (state == KEPT_NOTHING)
		return PIMG_HOOK_NONE;
	return state == KEPT_WHOLE ? PIMG_HOOK_KEPT : PIMG_HOOK_UNUSABLE;
}

static int open_directory(struct pimg_image *image, struct pimg_error *error)
{
	const struct pimg_error *damage = folder_damage(image->folder);

	image->is_directory = true;
	if (damage && image_note_damage(image, damage, error) < 0)
		return -1;
	image->hook = look_for_hook(image->folder);
	if (open_directory_parts(image, error) < 0 ||
	    open_directory_sets(image, PIMG_PIPE, error) < 0 ||
	    open_directory_sets(image, PIMG_FIFO, error) < 0)
		return -1;
	if (!image->part_count && image_check_folder(image->folder, image->name, error) < 0)
		return -1;
	image->container = container_read(image->folder);
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
	queue_table_start(&image->unsaved_table);
	return image;
}

/* Reads the image, but for one that grows. */
static struct pimg_image *finish_open(struct pimg_image *image, int result, unsigned flags,
				      struct pimg_error *error)
{
	if (result == 0 && (flags & IMAGE_GROWING || grow_whole(image, error) == 0)) {
		/* The callback is for opening only, which is over unless the image grows. */
		if (!(flags & IMAGE_GROWING))
			pimg_image_set_progress(image, NULL, NULL);
		return image;
	}
	pimg_image_close(image);
	return NULL;
}

struct pimg_image *image_from_source(struct source *source, unsigned flags,
				     pimg_progress_fn progress, void *context,
				     struct pimg_error *error)
{
	struct pimg_image *image = image_new(source_name(source), progress, context, error);
	int result;

	if (!image) {
		source_close(source);
		return NULL;
	}
	image->unindexed = flags & IMAGE_UNINDEXED;
	add_part(image, source, -1);
	result = flags & IMAGE_ONCE ? 0 : source_keep(source, error);
	if (result == 0)
		result = grow_start_part(image, error);
	return finish_open(image, result, flags, error);
}

const char *image_part_name(const struct part *part, char name[DIRECTORY_NAME_MAX])
{
	return directory_set_image((enum pimg_type)part->expected, part->set, name);
}

struct pimg_image *image_of_part(const struct pimg_image *whole, const struct part *part,
				 pimg_progress_fn progress, void *context, struct pimg_error *error)
{
	struct pimg_image *image = NULL;
	struct source *source;
	int found = image_find_part(whole->folder, (enum pimg_type)part->expected, part->set,
				    &source, error);

	if (found > 0)
		image = image_from_source(source, IMAGE_UNINDEXED | IMAGE_GROWING, progress,
					  context, error);
	else if (!found)
		error_check(error, CHECK_CHANGED, "the directory changed while it was read");
	/* By it its queues are found in another directory. */
	if (image)
		image->parts[0].set = part->set;
	return image;
}

/* JSON that breaks off within an image is damaged; what begins otherwise is another program's. */
static void tell_foreign_json(const char *key, struct pimg_error *error)
{
	if (!error || error->check != CHECK_JSON)
		return;
	error_check(error, CHECK_JSON,
		    "is JSON of another program: its first key is \"%s\", and that of an image is "
		    "\"magic\"; give what crit decode or pipeimg convert --to json writes",
		    key);
}

/* Takes the source over. */
static struct source *source_of_json(struct source *json, struct pimg_error *error)
{
	struct sink *sink = sink_open_nameless(source_name(json), error);
	char key[64];
	bool is_foreign = foreign_json_key(json, key, sizeof(key));
	struct source *source = NULL;

	if (sink && json_read(json, sink, error) < 0) {
		if (is_foreign)
			tell_foreign_json(key, error);
		error_in_file(error, source_name(json));
	} else if (sink && sink_reread(sink, &source, true, error) <= 0)
		source = NULL;
	sink_abort(sink);
	source_close(json);
	return source;
}

/* Takes the source over. */
static int open_source(struct image_content *content, struct source *source, unsigned flags,
		       pimg_progress_fn progress, void *context, struct pimg_error *error)
{
	source = source_plain(source, error);
	if (!source)
		return -1;
	if (archive_is_next(source)) {
		if (flags & IMAGE_CONTENT_AGAIN && content->file.passes &&
		    source_keep_all(source, progress, context, error) < 0) {
			source_close(source);
			return -1;
		}
		content->folder = folder_of_archive(
			source, directory_roles,
			flags & IMAGE_CONTENT_ENOUGH ? directory_is_complete : NULL, progress,
			context, error);
		return content->folder ? 0 : -1;
	}
	if (json_is_next(source)) {
		content->input = NULL;
		content->is_json = true;
		content->source = source_of_json(source, error);
		return content->source ? 0 : -1;
	}
	content->source = source;
	return flags & IMAGE_CONTENT_KEEP ? source_keep(source, error) : 0;
}

int image_content_open(struct image_content *content, const char *path, unsigned flags,
		       pimg_progress_fn progress, void *context, struct pimg_error *error)
{
	struct source *source;
	struct stat status;

	*content = (struct image_content){0};
	if (strcmp(path, "-") && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		content->folder = folder_open_export(path, directory_roles, error);
		return content->folder ? 0 : -1;
	}
	source = source_open(path, error);
	if (source)
		content->file = source->file;
	if (source && flags & IMAGE_CONTENT_WAITS)
		source_tell_waits(source, progress, context);
	if (source && flags & IMAGE_CONTENT_AGAIN)
		content->compression = compression_of(source, &content->level);
	if (source && source_input(source) >= 0)
		content->input = source;
	if (source && open_source(content, source, flags, progress, context, error) == 0)
		return 0;
	source_close(content->source);
	return -1;
}

/* @path: for messages */
static struct pimg_image *image_of_content(const struct image_content *content, const char *path,
					   unsigned flags, pimg_progress_fn progress, void *context,
					   struct pimg_error *error)
{
	struct pimg_image *image;

	if (content->source) {
		image = image_from_source(content->source, flags, progress, context, error);
		if (!image)
			return NULL;
		image->file = content->file;
		image->is_json = content->is_json;
		if (flags & IMAGE_GROWING)
			image->input = content->input;
		return image;
	}
	image = image_new(strcmp(path, "-") ? path : "standard input", progress, context, error);
	if (!image) {
		folder_close(content->folder);
		return NULL;
	}
	image->folder = content->folder;
	image->file = content->file;
	image->compression = content->compression;
	image->level = content->level;
	image->unindexed = flags & IMAGE_UNINDEXED;
	return finish_open(image, open_directory(image, error), flags, error);
}

struct pimg_image *image_open(const char *path, unsigned flags, pimg_progress_fn progress,
			      void *context, struct pimg_error *error)
{
	struct image_content content;
	unsigned reading = flags & IMAGE_ONCE ? 0 : IMAGE_CONTENT_KEEP;

	ASK_WHEN_INTERRUPTED(progress, context);
	if (flags & IMAGE_ENOUGH)
		reading |= IMAGE_CONTENT_ENOUGH;
	if (flags & IMAGE_GROWING)
		reading |= IMAGE_CONTENT_WAITS;
	if (flags & IMAGE_AGAIN)
		reading |= IMAGE_CONTENT_AGAIN;
	if (image_content_open(&content, path, reading, progress, context, error) < 0)
		return NULL;
	return image_of_content(&content, path, flags, progress, context, error);
}

static struct pimg_image *image_of_queue(const struct image_content *content,
					 const struct queue_places *places, uint32_t id,
					 pimg_progress_fn progress, void *context,
					 struct pimg_error *error)
{
	struct source *source = content->source;
	struct pimg_image *image = image_new(source_name(source), progress, context, error);

	if (!image) {
		source_close(source);
		return NULL;
	}
	image->file = content->file;
	add_part(image, source, -1);
	if (grow_start_part(image, error) == 0 && grow_queue(image, places, id, error) == 0) {
		pimg_image_set_progress(image, NULL, NULL);
		return image;
	}
	pimg_image_close(image);
	return NULL;
}

struct pimg_image *pimg_image_open_queue(const char *path, uint32_t id, pimg_progress_fn progress,
					 void *context, struct pimg_error *error)
{
	struct queue_places places = {0};
	struct image_content content;
	struct pimg_image *image = NULL;
	int found = 0;

	ASK_WHEN_INTERRUPTED(progress, context);
	if (image_content_open(&content, path, IMAGE_CONTENT_KEEP | IMAGE_CONTENT_ENOUGH, progress,
			       context, error) < 0)
		return NULL;
	if (content.source)
		found = queue_places_read(&places, content.source, error);
	if (found > 0)
		image = image_of_queue(&content, &places, id, progress, context, error);
	else if (found == 0)
		image = image_of_content(&content, path, 0, progress, context, error);
	else
		source_close(content.source);
	queue_places_release(&places);
	return image;
}

struct pimg_image *pimg_image_open(const char *path, pimg_progress_fn progress, void *context,
				   struct pimg_error *error)
{
	return image_open(path, 0, progress, context, error);
}

struct pimg_image *pimg_image_open_to_show(const char *path, pimg_progress_fn progress,
					   void *context, struct pimg_error *error)
{
	return image_open(path, IMAGE_ENOUGH, progress, context, error);
}

struct pimg_image *pimg_image_open_unindexed(const char *path, pimg_progress_fn progress,
					     void *context, struct pimg_error *error)
{
	return image_open(path, IMAGE_UNINDEXED, progress, context, error);
}

struct pimg_image *pimg_image_open_growing(const char *path, pimg_progress_fn progress,
					   void *context, struct pimg_error *error)
{
	return image_open(path, IMAGE_GROWING | IMAGE_ENOUGH, progress, context, error);
}

/* ---- images of queues in memory ---- */

static int add_queues(struct pimg_image *image, const struct writer_sets *sets, unsigned set,
		      enum pimg_type type, struct pimg_error *error)
{
	struct pimg_writer_options options = {.layout = PIMG_LAYOUT_INDEXED};
	size_t count;
	const struct pimg_queue *const *queues = writer_set(sets, type, set, &count);
	struct source *source;

	if (set && !count)
		return 0;
	source = writer_write_nameless(queues, count, type, &options, error);
	if (!source)
		return -1;
	add_part(image, source, (int)type);
	image->parts[image->part_count - 1].set = set;
	return 0;
}

struct pimg_image *pimg_image_of_queues(const struct pimg_queue *const *queues, size_t count,
					struct pimg_error *error)
{
	struct pimg_image *image = image_new("live", NULL, NULL, error);
	struct writer_sets sets;
	int result;

	if (!image)
		return NULL;
	result = writer_sets_make(&sets, queues, count, error);
	for (unsigned set = 0; result == 0 && set < sets.set_count; set++) {
		for (int type = PIMG_PIPE; type <= PIMG_FIFO && result == 0; type++)
			result = add_queues(image, &sets, set, (enum pimg_type)type, error);
	}
	writer_sets_release(&sets);
	return finish_open(image, result, 0, error);
}

void pimg_image_close(struct pimg_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->part_count; i++)
		source_close(image->parts[i].source);
	directory_end(image->growth.around);
	folder_close(image->folder);
	for (size_t i = 0; i < image->queue_count; i++) {
		free(image->queues[i].chunks);
		holders_release(&image->queues[i].holders, &image->queues[i].info);
	}
	free(image->queues);
	for (size_t i = 0; i < image->unsaved_count; i++)
		holders_release(&image->unsaved[i].holders, &image->unsaved[i].info);
	free(image->unsaved);
	queue_table_release(&image->unsaved_table);
	flights_release(&image->flights);
	queue_table_release(&image->table);
	free(image->record_places);
	free(image->growth.message);
	pimg_container_free(image->container);
	free(image->name);
	free(image);
}

/* ---- asking ---- */

void pimg_image_set_progress(struct pimg_image *image, pimg_progress_fn progress, void *context)
{
	image->progress = progress;
	image->progress_context = context;
}

const char *pimg_image_name(const struct pimg_image *image)
{
	return image->name;
}

bool pimg_image_can_be_reopened(const struct pimg_image *image)
{
	return image->file.known ? !image->file.passes : image->is_directory;
}

enum pimg_byte_order pimg_image_byte_order(const struct pimg_image *image)
{
	return image->part_count ? image->parts[0].head.byte_order : 0;
}

bool pimg_image_is_directory(const struct pimg_image *image)
{
	return image->is_directory;
}

const struct pimg_container *pimg_image_container(const struct pimg_image *image)
{
	return image->container;
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

size_t pimg_image_unsaved_count(const struct pimg_image *image)
{
	return image->unsaved_count;
}

const struct pimg_queue_info *pimg_image_unsaved(const struct pimg_image *image, size_t number)
{
	return &image->unsaved[number].info;
}

const struct pimg_passed *pimg_image_passed(const struct pimg_image *image, size_t queue,
					    size_t chunk, size_t number)
{
	return flights_find(&image->flights, queue, chunk, number);
}

enum pimg_hook pimg_image_hook(const struct pimg_image *image)
{
	return image->hook;
}

bool pimg_image_queue_may_be_cut(const struct pimg_image *image, size_t queue)
{
	return image->queues[queue].may_be_cut;
}

struct pimg_chunk pimg_image_chunk(const struct pimg_image *image, size_t queue, size_t chunk)
{
	const struct image_queue *from = &image->queues[queue];
	const struct indexed_chunk *found;

	if (image->unindexed)
		return (struct pimg_chunk){0};
	found = &from->chunks[chunk];
	return (struct pimg_chunk){index_kind(from, found), found->length, found->offset};
}

int pimg_image_read(struct pimg_image *image, size_t queue, size_t chunk, uint32_t offset,
		    void *buffer, size_t length, struct pimg_error *error)
{
	const struct indexed_chunk *found;

	ASK_WHEN_INTERRUPTED(image->progress, image->progress_context);
	if (image->unindexed)
		return error_usage(error, "the image was opened without its index");
	found = &image->queues[queue].chunks[chunk];
	if (offset > found->length || length > found->length - offset)
		return error_usage(error, "bytes beyond the end of a chunk");
	return source_read_at(image->parts[image->queues[queue].part].source, found->at + offset,
			      buffer, length, error);
}
