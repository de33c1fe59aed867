// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/each.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "convert/output.h"
#include "image/reduce.h"
#include "io/sink/new-directory.h"

bool convert_is_each(const char *to, const struct pimg_convert_options *options)
{
	size_t length = strlen(to);
	struct stat status;

	if (options->output == PIMG_TO_IMAGE || !strcmp(to, "-"))
		return false;
	return (length && to[length - 1] == '/') ||
	       (stat(to, &status) == 0 && S_ISDIR(status.st_mode));
}

/* "fifo-data-2.json.zst" */
static char *name_of(const struct part *part, const struct pimg_convert_options *options)
{
	const char *suffix = options->output == PIMG_TO_JSON ? "json" : "pcapng";
	char image[DIRECTORY_NAME_MAX], *name;

	directory_set_image(part->type, part->set, image);
	if (asprintf(&name, "%.*s.%s%s", (int)(strlen(image) - strlen(".img")), image, suffix,
		     options->compress ? ".zst" : "") < 0)
		return NULL;
	return name;
}

static struct sink *open_file(const struct new_directory *directory, const struct part *part,
			      const struct pimg_convert_options *options, struct pimg_error *error)
{
	_cleanup_free_ char *base = name_of(part, options), *shown = NULL;
	struct sink *sink;

	if (!base || asprintf(&shown, "%s/%s", directory->path, base) < 0) {
		shown = NULL;
		error_memory(error);
		return NULL;
	}
	sink = sink_open_at(directory->fd, base, shown, error);
	if (!sink || !options->compress ||
	    sink_compress(sink, COMPRESSION_ZSTD_SEEKABLE, options->level, error) == 0)
		return sink;
	sink_abort(sink);
	return NULL;
}

static int write_one(const struct pimg_image *whole, size_t part,
		     const struct new_directory *directory,
		     const struct pimg_convert_options *options, struct pimg_image *boundaries,
		     const struct pimg_progress *progress, struct pimg_error *error)
{
	struct sink *sink = open_file(directory, &whole->parts[part], options, error);
	struct pimg_image view;
	int result;

	if (!sink)
		return -1;
	result = image_view(&view, whole, part, error);
	if (result == 0)
		result = convert_write(&view, sink, false, options, boundaries, progress, error);
	image_view_release(&view);
	if (result == 0)
		return sink_commit(sink, error);
	sink_abort(sink);
	return -1;
}

/* Whether an earlier part belongs to the same file. */
static bool is_written(const struct pimg_image *whole, size_t part)
{
	for (size_t i = 0; i < part; i++) {
		if (parts_are_of_one_file(&whole->parts[i], &whole->parts[part]))
			return true;
	}
	return false;
}

int convert_each(const struct pimg_image *whole, const char *to,
		 const struct pimg_convert_options *options, struct pimg_image *boundaries,
		 const struct pimg_progress *progress, struct pimg_error *error)
{
	struct new_directory directory;
	int result = new_directory_make(&directory, to, error);

	if (result < 0)
		return -1;
	for (size_t i = 0; i < whole->part_count && result == 0; i++) {
		if (!is_written(whole, i))
			result = write_one(whole, i, &directory, options, boundaries, progress,
					   error);
	}
	if (result == 0)
		return new_directory_commit(&directory, error);
	new_directory_abort(&directory);
	return -1;
}
