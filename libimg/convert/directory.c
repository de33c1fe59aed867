// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "convert/file.h"
#include "convert/repair.h"
#include "format/directory-names.h"
#include "image/open.h"
#include "io/sink/new-directory.h"
#include "io/source/tree.h"

/*
 * CRIU must still be able to restore a CRIU directory: no pipe may lose bytes, and all images must have
 * the same format version.
 */
int convert_check_dump(const struct pimg_image *whole, const struct pimg_convert_options *options,
		       struct pimg_error *error)
{
	const char *name = pimg_image_name(whole);

	if (!whole->is_dump)
		return 0;
	if (options->has_layout && options->layout == PIMG_LAYOUT_PACKETS) {
		error_usage(error, "is a CRIU directory, and CRIU restores only the last packet of "
				   "a pipe in the packets layout; use the indexed layout");
		return error_in_file(error, name);
	}
	if (options->format != PIMG_FORMAT_KEEP) {
		error_usage(error, "is a CRIU directory, whose images all have the same format "
				   "version; to change it, convert a single file");
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
	error_usage(error, "would be inside the input directory");
	return error_in_file(error, to);
}

/* A directory and its converted copy. */
struct copying {
	const struct pimg_image *whole;
	const struct pimg_convert_options *options;
	struct pimg_image *boundaries;
	struct repair repair;
	const struct pimg_progress *progress;
};

static struct sink *open_file_in(const struct new_directory *to, const char *base,
				 struct pimg_error *error)
{
	_cleanup_free_ char *shown = NULL;

	if (asprintf(&shown, "%s/%s", to->path, base) < 0)
		shown = NULL;
	return sink_open_at(to->fd, base, shown ? shown : base, error);
}

/* @sink: null if it could not be opened; @result: of writing */
static int close_file(struct sink *sink, int result, struct pimg_error *error)
{
	if (sink && result == 0)
		return sink_commit(sink, error);
	if (sink)
		sink_abort(sink);
	return -1;
}

static int keep_attributes(int from, int to, const char *base, struct pimg_error *error)
{
	_cleanup_close_ int old = RETRIED(openat(from, base, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	_cleanup_close_ int new = RETRIED(openat(to, base, O_RDONLY | O_CLOEXEC));

	return tree_copy_attributes(old, new, base, error);
}

static int convert_part(const struct copying *copying, int from, const struct new_directory *to,
			const struct part *part, const char *base, struct pimg_error *error)
{
	struct pimg_image *image = image_of_part(copying->whole, part, copying->progress, error);
	struct sink *sink = NULL;
	int result = -1;

	if (!image)
		return -1;
	if (convert_prepare(image, copying->options, copying->whole, error) == 0)
		sink = open_file_in(to, base, error);
	if (sink)
		result = convert_file(image, sink, copying->options, copying->boundaries,
				      copying->progress, error);
	result = close_file(sink, result, error);
	pimg_image_close(image);
	return result < 0 ? -1 : keep_attributes(from, to->fd, base, error);
}

/* Writes CRIU's image of files, if it needs the repair. */
static int repair_files(const struct copying *copying, int from, const struct new_directory *to,
			struct pimg_error *error)
{
	const char *base = copying->repair.base;
	struct source *files;
	struct sink *sink;
	int result = folder_find(copying->whole->folder, base, &files, error);

	if (result <= 0)
		return result;
	sink = open_file_in(to, base, error);
	if (sink)
		result = repair_write(&copying->repair, files, sink, error);
	result = close_file(sink, result, error);
	source_close(files);
	return result < 0 ? -1 : keep_attributes(from, to->fd, base, error);
}

/* @without: names that are not copied, ended by null */
static int copy_others(const struct copying *copying, int from, const struct new_directory *to,
		       const char *const *without, struct pimg_error *error)
{
	struct tree_copy copy = {
		.from_name = pimg_image_name(copying->whole),
		.to_name = to->path,
		.without = without,
		.progress = copying->progress,
	};

	if (tree_copy(&copy, from, to->fd, error) < 0)
		return -1;
	return tree_copy_attributes(from, to->fd, to->path, error);
}

static int fill(const struct copying *copying, int from, const struct new_directory *to,
		struct pimg_error *error)
{
	const struct repair *repair = &copying->repair;
	char names[ALL_PARTS_MAX][DIRECTORY_NAME_MAX];
	const char *without[ALL_PARTS_MAX + 2] = {NULL};
	size_t count = 0;

	if (repair->count && repair_files(copying, from, to, error) < 0)
		return -1;
	for (size_t i = 0; i < copying->whole->part_count; i++) {
		const struct part *part = &copying->whole->parts[i];

		/* What the hook saved is copied with the other files. */
		if (part->is_saved)
			continue;
		without[count] = image_part_name(part, names[i]);
		if (convert_part(copying, from, to, part, without[count++], error) < 0)
			return -1;
	}
	if (repair->count)
		without[count] = repair->base;
	return copy_others(copying, from, to, without, error);
}

/* In an unpacked container export, everything outside the image directory is copied unchanged. */
static int fill_export(const struct copying *copying, int from, const struct new_directory *to,
		       struct pimg_error *error)
{
	static const char *const without[] = {FOLDER_OF_EXPORT, NULL};
	_cleanup_close_ int below =
		RETRIED(openat(from, FOLDER_OF_EXPORT, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *path = NULL;

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
	if (fill(copying, below, &(struct new_directory){.fd = fd, .path = path}, error) < 0)
		return -1;
	RETRIED(fsync(fd));
	return copy_others(copying, from, to, without, error);
}

int convert_directory(const struct pimg_image *whole, const char *to,
		      const struct pimg_convert_options *options, struct pimg_image *boundaries,
		      const struct pimg_progress *progress, struct pimg_error *error)
{
	const char *from = pimg_image_name(whole);
	_cleanup_close_ int dirfd = tree_open(from, error);
	struct copying copying = {
		.whole = whole,
		.options = options,
		.boundaries = boundaries,
		.repair = {.repaired = options->repaired, .context = options->context},
		.progress = progress,
	};
	struct new_directory directory;
	int result;

	if (dirfd < 0)
		return -1;
	if (!strcmp(to, "-"))
		return error_usage(
			error,
			"a directory cannot be written to standard output; name a new directory");
	if (convert_check_dump(whole, options, error) < 0 ||
	    convert_check_outside(from, to, error) < 0 ||
	    new_directory_make(&directory, to, error) < 0)
		return -1;
	result = options->repair ? repair_look(&copying.repair, whole->folder, error) : 0;
	if (result == 0)
		result = (folder_is_below(whole->folder) ? fill_export : fill)(&copying, dirfd,
									       &directory, error);
	repair_release(&copying.repair);
	if (result < 0) {
		new_directory_abort(&directory);
		return -1;
	}
	return new_directory_commit(&directory, error);
}
