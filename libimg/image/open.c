// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/open.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "format/directory.h"
#include "format/saved.h"
#include "image/content.h"
#include "image/grow.h"
#include "image/no-images.h"
#include "io/compression/decompress.h"
#include "pipeimg-private.h"

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

/* Takes ownership of the source. */
static int add_directory_part(struct pimg_image *image, struct source *source, size_t type,
			      bool is_saved, struct pimg_error *error)
{
	image_add_part(image, source, (int)type);
	image->parts[image->part_count - 1].is_saved = is_saved;
	return source_keep(source, error);
}

/* The queues that the hook saved come before those in CRIU's images, and replace them. */
static int open_saved(struct pimg_image *image, size_t type, struct pimg_error *error)
{
	struct source *source;
	int found = folder_find(image->folder, saved_image((enum pimg_type)type), &source, error);

	return found > 0 ? add_directory_part(image, source, type, true, error) : found;
}

static int open_directory_parts(struct pimg_image *image, struct pimg_error *error)
{
	for (size_t i = 0; i < QUEUE_TYPES; i++) {
		struct source *source;
		int found;

		if (i != PIMG_SOCKET && image->hook == PIMG_HOOK_SAVED &&
		    open_saved(image, i, error) < 0)
			return -1;
		found = image_find_part(image->folder, (enum pimg_type)i, 0, &source, error);
		if (found < 0)
			return -1;
		if (found && add_directory_part(image, source, i, false, error) < 0)
			return -1;
	}
	return 0;
}

/* Sets are numbered without gaps, so the first missing one is the end. */
static int open_directory_sets(struct pimg_image *image, enum pimg_type type,
			       struct pimg_error *error)
{
	int found = 1;

	for (unsigned set = 1; found > 0 && set < DIRECTORY_SETS_MAX; set++) {
		struct source *source;

		found = image_find_part(image->folder, type, set, &source, error);
		if (found <= 0)
			continue;
		image_add_part(image, source, (int)type);
		image->parts[image->part_count - 1].set = set;
		found = source_keep(source, error) < 0 ? -1 : 1;
	}
	return found;
}

static enum pimg_hook look_for_hook(struct folder *folder)
{
	enum saved_state state = saved_look(folder).state;

	if (state == SAVED_NOTHING)
		return PIMG_HOOK_NONE;
	return state == SAVED_WHOLE ? PIMG_HOOK_SAVED : PIMG_HOOK_UNUSABLE;
}

static int open_directory(struct pimg_image *image, const struct dumps *dumps, size_t number,
			  struct pimg_error *error)
{
	const struct pimg_error *damage;

	image->is_directory = true;
	image->folder = dumps_open(dumps, number, error);
	if (!image->folder)
		return -1;
	damage = folder_damage(image->folder);
	if (damage && image_note_damage(image, damage, error) < 0)
		return -1;
	image->hook = look_for_hook(image->folder);
	if (open_directory_parts(image, error) < 0 ||
	    open_directory_sets(image, PIMG_PIPE, error) < 0 ||
	    open_directory_sets(image, PIMG_FIFO, error) < 0)
		return -1;
	if (!image->part_count && image_check_folder(image->folder, image->name, error) < 0)
		return -1;
	image->container = dumps_container(dumps, number, image->folder);
	return 0;
}

/* Reads the image, unless it grows. */
static struct pimg_image *finish_open(struct pimg_image *image, int result, unsigned flags,
				      struct pimg_error *error)
{
	if (result == 0 && (flags & PIMG_OPEN_GROWING || grow_whole(image, error) == 0)) {
		/* The callback is only for opening, which ends here unless the image grows. */
		if (!(flags & PIMG_OPEN_GROWING))
			pimg_image_set_progress(image, NULL);
		return image;
	}
	pimg_image_close(image);
	return NULL;
}

struct pimg_image *image_from_source(struct source *source, unsigned flags,
				     const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_image *image = image_new(source_name(source), progress, error);
	int result;

	if (!image) {
		source_close(source);
		return NULL;
	}
	image->unindexed = flags & PIMG_OPEN_UNINDEXED;
	image_add_part(image, source, -1);
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
				 const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_image *image = NULL;
	struct source *source;
	int found = image_find_part(whole->folder, (enum pimg_type)part->expected, part->set,
				    &source, error);

	if (found > 0)
		image = image_from_source(source, PIMG_OPEN_UNINDEXED | PIMG_OPEN_GROWING, progress,
					  error);
	else if (!found)
		error_check(error, CHECK_CHANGED, "the directory changed while it was read");
	/* The number of the set identifies its queues in another directory. */
	if (image)
		image->parts[0].set = part->set;
	return image;
}

/* Opens one dump of several. */
static struct pimg_image *image_of_dump(const struct image_content *content, size_t number,
					unsigned flags, const struct pimg_progress *progress,
					struct pimg_error *error)
{
	const struct dump *dump = &content->dumps.all[number];
	struct pimg_image *image =
		image_new(dump->members ? content->dumps.name : dump->directory, progress, error);

	if (!image)
		return NULL;
	image->dump = strdup(dump->path);
	if (!image->dump) {
		error_memory(error);
		pimg_image_close(image);
		return NULL;
	}
	image->file = content->file;
	image->compression = content->compression;
	image->is_in_layers = dump->image != NULL;
	image->unindexed = flags & PIMG_OPEN_UNINDEXED;
	if (flags & PIMG_OPEN_TASKS)
		tasks_start(&image->tasks);
	return finish_open(image, open_directory(image, &content->dumps, number, error), flags,
			   error);
}

/* Takes over the source. */
static struct pimg_image *image_of_file(struct image_content *content, unsigned flags,
					const struct pimg_progress *progress,
					struct pimg_error *error)
{
	struct source *source = take_pointer(content->source);
	struct pimg_image *image = image_from_source(source, flags, progress, error);

	if (!image)
		return NULL;
	image->file = content->file;
	image->is_json = content->is_json;
	if (flags & PIMG_OPEN_GROWING)
		image->input = content->input;
	return image;
}

static struct pimg_image *image_of_queue(struct image_content *content,
					 const struct queue_index *index, uint32_t id,
					 const struct pimg_progress *progress,
					 struct pimg_error *error)
{
	struct source *source = take_pointer(content->source);
	struct pimg_image *image = image_new(source_name(source), progress, error);

	if (!image) {
		source_close(source);
		return NULL;
	}
	image->file = content->file;
	image_add_part(image, source, -1);
	if (grow_start_part(image, error) == 0 && grow_queue(image, index, id, error) == 0) {
		pimg_image_set_progress(image, NULL);
		return image;
	}
	pimg_image_close(image);
	return NULL;
}

/* Only the queue that is needed, if the file has an index of its queues. */
static struct pimg_image *open_queue(struct image_content *content,
				     const struct pimg_open_options *options,
				     struct pimg_error *error)
{
	struct queue_index index = {0};
	struct pimg_image *image = NULL;
	int found = queue_index_read(&index, content->source, error);

	if (found > 0)
		image = image_of_queue(content, &index, options->queue_id, options->progress,
				       error);
	else if (found == 0)
		image = image_of_file(content, options->flags, options->progress, error);
	queue_index_release(&index);
	return image;
}

struct pimg_image *image_of_content(struct image_content *content, size_t number,
				    const struct pimg_open_options *options,
				    struct pimg_error *error)
{
	if (!content->source)
		return image_of_dump(content, number, options->flags, options->progress, error);
	return options->flags & PIMG_OPEN_ONE_QUEUE
		       ? open_queue(content, options, error)
		       : image_of_file(content, options->flags, options->progress, error);
}

int image_content_of(struct image_content *content, const char *path,
		     const struct pimg_open_options *options, struct pimg_error *error)
{
	unsigned flags = options->flags;
	unsigned reading = flags & IMAGE_ONCE ? 0 : IMAGE_CONTENT_KEEP;

	ASK_WHEN_INTERRUPTED(options->progress);
	if (flags & PIMG_OPEN_TO_SHOW)
		reading |= IMAGE_CONTENT_ENOUGH;
	if (flags & PIMG_OPEN_GROWING)
		reading |= IMAGE_CONTENT_WAITS;
	if (flags & IMAGE_AGAIN)
		reading |= IMAGE_CONTENT_AGAIN;
	return image_content_open(content, path, reading, options->progress, error);
}

int image_content_choose(const struct image_content *content, const char *dump, size_t *number,
			 struct pimg_error *error)
{
	*number = 0;
	if (content->dumps.count)
		return dumps_choose(&content->dumps, dump, number, error);
	if (!dump)
		return 0;
	error_usage(error, "is a single image; omit --dump");
	return content->source ? error_in_file(error, source_name(content->source)) : -1;
}

struct pimg_image *image_open_chosen(const char *path, const struct pimg_open_options *options,
				     struct pimg_error *error)
{
	struct image_content content;
	struct pimg_image *image = NULL;
	size_t number;

	if (image_content_of(&content, path, options, error) < 0)
		return NULL;
	if (image_content_choose(&content, options->dump, &number, error) == 0)
		image = image_of_content(&content, number, options, error);
	image_content_close(&content);
	return image;
}

struct pimg_image *image_open(const char *path, const char *dump, unsigned flags,
			      const struct pimg_progress *progress, struct pimg_error *error)
{
	const struct pimg_open_options options = {
		.flags = flags,
		.dump = dump,
		.progress = progress,
	};

	return image_open_chosen(path, &options, error);
}
