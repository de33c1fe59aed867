// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "convert/container-image.h"
#include "convert/convert.h"
#include "convert/current.h"
#include "convert/file.h"
#include "convert/repair.h"
#include "convert/target.h"
#include "format/dump-path.h"
#include "image/open.h"
#include "io/source/open.h"
#include "pipeimg-private.h"

/* Images of a dump must keep their common version; a single image gets the current one. */
static void choose(bool dump, struct pimg_convert_options *options)
{
	options->layout = dump ? PIMG_LAYOUT_INDEXED : PIMG_LAYOUT_PACKETS;
	options->format = dump ? PIMG_FORMAT_KEEP : PIMG_FORMAT_1_1;
}

static void choose_by_image(const struct pimg_image *image, const char *to,
			    struct pimg_convert_options *options)
{
	choose(image->is_directory || path_is_in_dump(to), options);
}

/* ---- a directory, in place ---- */

/* The converted images of a directory, before they get their names. */
struct in_place {
	struct pimg_convert_options options;
	const struct pimg_image *whole; /* the directory */
	struct pimg_image *boundaries;
	struct sink *sinks[ALL_PARTS_MAX + 1]; /* by part, and CRIU's image of files */
	const struct pimg_progress *progress;
};

static int prepare_image(struct in_place *work, size_t which, const char *path,
			 struct pimg_error *error)
{
	struct pimg_image *image = image_open(path, NULL, PIMG_OPEN_UNINDEXED | PIMG_OPEN_GROWING,
					      work->progress, error);
	int result = -1, current = -1;

	if (!image)
		return -1;
	image->parts[0].set = work->whole->parts[which].set;
	if (convert_prepare(image, &work->options, work->whole, error) == 0)
		current = convert_is_current(image, path, &work->options, work->boundaries,
					     work->progress, error);
	if (current > 0)
		result = 0;
	if (current == 0)
		work->sinks[which] = convert_open_target(image, path, path, true, error);
	if (work->sinks[which])
		result = convert_choose_compression(path, path, work->sinks[which], &work->options,
						    error);
	if (work->sinks[which] && result == 0)
		result = convert_file(image, work->sinks[which], &work->options, work->boundaries,
				      work->progress, error);
	pimg_image_close(image);
	return result;
}

static int prepare_images(struct in_place *work, struct pimg_error *error)
{
	for (size_t i = 0; i < work->whole->part_count; i++) {
		const struct part *part = &work->whole->parts[i];
		_cleanup_free_ char *path = NULL;
		char name[DIRECTORY_NAME_MAX];

		/* Datagrams have only one layout, and what the hook saved stays unchanged. */
		if (part->is_saved || part->expected == PIMG_SOCKET)
			continue;
		if (asprintf(&path, "%s/%s", folder_name(work->whole->folder),
			     image_part_name(part, name)) < 0) {
			path = NULL;
			return error_memory(error);
		}
		if (prepare_image(work, i, path, error) < 0)
			return -1;
	}
	return 0;
}

/* The image of files is the last sink: it is replaced after the images that its repair is for. */
static int prepare_files(struct in_place *work, struct pimg_error *error)
{
	struct repair repair = {.repaired = work->options.repaired,
				.context = work->options.context};
	_cleanup_free_ char *path = NULL;
	struct source *files = NULL;
	int result = repair_look(&repair, work->whole->folder, error);

	if (result == 0 && repair.count) {
		result = asprintf(&path, "%s/%s", folder_name(work->whole->folder), repair.base);
		path = result < 0 ? NULL : path;
		files = path ? source_open(path, error) : NULL;
		work->sinks[ALL_PARTS_MAX] = files ? sink_open(path, true, error) : NULL;
		if (work->sinks[ALL_PARTS_MAX])
			sink_replace_only(work->sinks[ALL_PARTS_MAX], &files->file);
		result = work->sinks[ALL_PARTS_MAX]
				 ? repair_write(&repair, files, work->sinks[ALL_PARTS_MAX], error)
				 : -1;
		source_close(files);
	}
	repair_release(&repair);
	return result;
}

/* The images get their final names only after all are converted. */
static int upgrade_in_place(const struct pimg_image *whole,
			    const struct pimg_convert_options *options,
			    struct pimg_image *boundaries, const struct pimg_progress *progress,
			    struct pimg_error *error)
{
	struct in_place work = {
		.options = *options,
		.whole = whole,
		.boundaries = boundaries,
		.progress = progress,
	};
	int result = prepare_images(&work, error);
	bool changes = false;

	if (result == 0)
		result = prepare_files(&work, error);
	for (size_t i = 0; i < sizeof(work.sinks) / sizeof(*work.sinks); i++) {
		if (!work.sinks[i])
			continue;
		changes = true;
		if (result < 0)
			sink_abort(work.sinks[i]);
		else
			result = sink_commit(work.sinks[i], error);
	}
	return result < 0 ? -1 : !changes;
}

/* ---- upgrading ---- */

static int upgrade_directory(const char *path, const struct pimg_convert_options *options,
			     const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_image *image =
		image_open(path, options->dump, PIMG_OPEN_UNINDEXED, progress, error);
	struct pimg_image *boundaries = NULL;
	int result = image ? convert_check(image, options, error) : -1;

	if (result == 0 && convert_is_container_image(image)) {
		error_usage(error,
			    "is a container image in a directory, which cannot be upgraded in "
			    "place; name a new directory with -o");
		result = error_in_file(error, path);
	}
	if (result == 0 && options->boundaries) {
		boundaries =
			image_open(options->boundaries, NULL, PIMG_OPEN_UNINDEXED, progress, error);
		result = boundaries ? image_refuse_damaged(boundaries, error) : -1;
	}
	if (result == 0)
		result = upgrade_in_place(image, options, boundaries, progress, error);
	pimg_image_close(image);
	pimg_image_close(boundaries);
	return result;
}

int pimg_upgrade(const char *path, const char *to, const struct pimg_convert_options *given,
		 const struct pimg_progress *progress, struct pimg_error *error)
{
	bool directory = folder_is_at(path);
	struct pimg_convert_options options;
	struct stat status;

	if (convert_take_options(&options, given, error) < 0)
		return -1;
	ASK_WHEN_INTERRUPTED(progress);
	options.has_layout = true;
	options.repair = true;
	options.keep_current = !to;
	if (to)
		return convert_choosing(path, to, &options, choose_by_image, progress, error);
	if (!strcmp(path, "-"))
		return error_usage(error, "standard input cannot be upgraded in place");
	choose(true, &options);
	if (directory)
		return upgrade_directory(path, &options, progress, error);
	/* A file that cannot be replaced would be overwritten while it is read. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		error_usage(error, "is not a regular file, so it cannot be upgraded in place");
		return error_in_file(error, path);
	}
	options.replace = true;
	return convert_choosing(path, path, &options, choose_by_image, progress, error);
}
