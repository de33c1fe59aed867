// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert.h"
#include "format/directory-names.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "io/interrupt.h"
#include "io/new-directory.h"
#include "io/tree.h"
#include "repair.h"

/*
 * A directory of CRIU's must stay one that CRIU restores: with as many bytes in each pipe, and all
 * images in one version of the format.
 */
int convert_check_dump(const struct pimg_image *whole, const struct pimg_convert_options *options,
		       struct pimg_error *error)
{
	const char *name = pimg_image_name(whole);

	if (!whole->is_dump)
		return 0;
	if (options->has_layout && options->layout == PIMG_LAYOUT_PACKETS) {
		error_usage(error,
			    "is a directory of CRIU, which would restore but the last packet "
			    "of each pipe from the packets layout; use the indexed one");
		return error_in_file(error, name);
	}
	if (options->version != PIMG_VERSION_KEEP) {
		error_usage(error,
			    "is a directory of CRIU, whose images have one version together; "
			    "give a file of it to write that in another");
		return error_in_file(error, name);
	}
	return 0;
}

/* The copy must not be copied too. */
static bool is_within(int dirfd, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int above =
		copy ? RETRIED(open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC)) : -1;
	struct stat wanted, found, last = {0};

	if (fstat(dirfd, &wanted) < 0)
		return false;
	while (above >= 0 && fstat(above, &found) == 0) {
		int next;

		if (found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino)
			return true;
		if (found.st_dev == last.st_dev && found.st_ino == last.st_ino)
			return false;
		last = found;
		next = RETRIED(openat(above, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
		close(above);
		above = next;
	}
	return false;
}

int convert_check_outside(const char *directory, const char *to, struct pimg_error *error)
{
	_cleanup_close_ int dirfd = tree_open(directory, error);

	if (dirfd < 0)
		return -1;
	if (!strcmp(to, "-") || !is_within(dirfd, to))
		return 0;
	error_usage(error, "would be in the directory that is read");
	return error_in_file(error, to);
}

/* Returns the directory's image of one type, null if there is none or it cannot be read. */
static struct pimg_image *open_part(const struct pimg_image *whole, enum pimg_type type,
				    bool *missing, pimg_progress_fn progress, void *context,
				    struct pimg_error *error)
{
	struct source *source;
	int found;

	*missing = false;
	found = image_find_part(whole->folder, type, &source, error);
	*missing = !found;
	return found <= 0 ? NULL
			  : image_from_source(source, IMAGE_UNINDEXED | IMAGE_GROWING, progress,
					      context, error);
}

static int keep_attributes(int from, int to, const char *base, struct pimg_error *error)
{
	_cleanup_close_ int old = RETRIED(openat(from, base, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	_cleanup_close_ int new = RETRIED(openat(to, base, O_RDONLY | O_CLOEXEC));

	return tree_copy_attributes(old, new, base, error);
}

static int convert_part(int from, const struct pimg_image *whole, const struct new_directory *to,
			enum pimg_type type, const struct pimg_convert_options *options,
			struct pimg_image *boundaries, pimg_progress_fn progress, void *context,
			struct pimg_error *error)
{
	const char *base = directory_queue_images[type];
	_cleanup_free_ char *shown = NULL;
	struct pimg_image *image;
	struct sink *sink = NULL;
	bool missing;
	int result = -1;

	image = open_part(whole, type, &missing, progress, context, error);
	if (!image)
		return missing ? 0 : -1;
	if (asprintf(&shown, "%s/%s", to->path, base) < 0)
		shown = NULL;
	if (convert_prepare(image, options, whole, error) == 0)
		sink = sink_open_at(to->fd, base, shown ? shown : base, error);
	if (sink)
		result = convert_file(image, sink, options, boundaries, progress, context, error);
	if (sink && result < 0)
		sink_abort(sink);
	else if (sink)
		result = sink_commit(sink, error);
	pimg_image_close(image);
	return result < 0 ? -1 : keep_attributes(from, to->fd, base, error);
}

static int write_repaired(const struct repair *repair, struct source *files,
			  const struct new_directory *to, struct pimg_error *error)
{
	_cleanup_free_ char *shown = NULL;
	struct sink *sink;

	if (asprintf(&shown, "%s/%s", to->path, repair->base) < 0)
		shown = NULL;
	sink = sink_open_at(to->fd, repair->base, shown ? shown : repair->base, error);
	if (!sink)
		return -1;
	if (repair_write(repair, files, sink, error) == 0)
		return sink_commit(sink, error);
	sink_abort(sink);
	return -1;
}

/* CRIU's image of files, where it needs that. */
static int repair_files(int from, const struct pimg_image *whole, const struct new_directory *to,
			const struct repair *repair, struct pimg_error *error)
{
	struct source *files;
	int result = folder_find(whole->folder, repair->base, &files, error);

	if (result <= 0)
		return result;
	result = write_repaired(repair, files, to, error);
	source_close(files);
	return result < 0 ? -1 : keep_attributes(from, to->fd, repair->base, error);
}

static int fill(int from, const struct pimg_image *whole, const struct new_directory *to,
		const struct pimg_convert_options *options, struct pimg_image *boundaries,
		const struct repair *repair, pimg_progress_fn progress, void *context,
		struct pimg_error *error)
{
	const char *const without[] = {directory_queue_images[0], directory_queue_images[1],
				       directory_queue_images[2],
				       repair->count ? repair->base : NULL, NULL};
	struct tree_copy copy = {
		.from_name = pimg_image_name(whole),
		.to_name = to->path,
		.without = without,
		.progress = progress,
		.context = context,
	};

	if (repair->count && repair_files(from, whole, to, repair, error) < 0)
		return -1;
	for (size_t i = 0; i < QUEUE_TYPES; i++) {
		if (convert_part(from, whole, to, (enum pimg_type)i, options, boundaries, progress,
				 context, error) < 0)
			return -1;
	}
	if (tree_copy(&copy, from, to->fd, error) < 0)
		return -1;
	return tree_copy_attributes(from, to->fd, to->path, error);
}

/* An export that was unpacked stays one: all around the directory of images is copied as it is. */
static int fill_export(int from, const struct pimg_image *whole, const struct new_directory *to,
		       const struct pimg_convert_options *options, struct pimg_image *boundaries,
		       const struct repair *repair, pimg_progress_fn progress, void *context,
		       struct pimg_error *error)
{
	static const char *const without[] = {FOLDER_OF_EXPORT, NULL};
	_cleanup_close_ int below =
		RETRIED(openat(from, FOLDER_OF_EXPORT, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *path = NULL;
	struct tree_copy copy = {
		.from_name = pimg_image_name(whole),
		.to_name = to->path,
		.without = without,
		.progress = progress,
		.context = context,
	};

	if (asprintf(&path, "%s/" FOLDER_OF_EXPORT, to->path) < 0) {
		path = NULL;
		return error_memory(error);
	}
	if (below >= 0 && mkdirat(to->fd, FOLDER_OF_EXPORT, 0700) == 0)
		fd = RETRIED(openat(to->fd, FOLDER_OF_EXPORT, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0) {
		error_system(error, errno, "cannot create");
		return error_in_file(error, path);
	}
	if (fill(below, whole, &(struct new_directory){.fd = fd, .path = path}, options, boundaries,
		 repair, progress, context, error) < 0)
		return -1;
	RETRIED(fsync(fd));
	if (tree_copy(&copy, from, to->fd, error) < 0)
		return -1;
	return tree_copy_attributes(from, to->fd, to->path, error);
}

int convert_directory(const struct pimg_image *whole, const char *to,
		      const struct pimg_convert_options *options, struct pimg_image *boundaries,
		      pimg_progress_fn progress, void *context, struct pimg_error *error)
{
	const char *from = pimg_image_name(whole);
	_cleanup_close_ int dirfd = tree_open(from, error);
	struct repair repair = {.repaired = options->repaired, .context = context};
	struct new_directory directory;
	int result;

	if (dirfd < 0)
		return -1;
	if (!strcmp(to, "-"))
		return error_usage(error,
				   "a directory becomes a directory, which standard output is "
				   "not; name one");
	if (convert_check_dump(whole, options, error) < 0 ||
	    convert_check_outside(from, to, error) < 0 ||
	    new_directory_make(&directory, to, error) < 0)
		return -1;
	result = options->repair ? repair_look(&repair, whole->folder, error) : 0;
	if (result == 0)
		result = (folder_is_below(whole->folder) ? fill_export : fill)(
			dirfd, whole, &directory, options, boundaries, &repair, progress, context,
			error);
	repair_release(&repair);
	if (result < 0) {
		new_directory_abort(&directory);
		return -1;
	}
	return new_directory_commit(&directory, error);
}
