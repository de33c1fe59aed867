// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/layout-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "convert/directory.h"
#include "image/find-dumps.h"
#include "io/sink/new-directory.h"
#include "io/sink/sink.h"
#include "io/source/tree.h"

#define BLOBS	 "blobs"
#define IN_BLOBS "sha256"

/* One directory of the layout, and its copy. */
struct level {
	const char *below; /* the path of its files, with a slash at its end; "" for the layout */
	const char *next;  /* the directory in it that is the next level, or null */
	int from, to;
};

/* The name of a path's file if it is in this level, not below; or null. */
static const char *name_in(const struct level *level, const char *path)
{
	size_t length = strlen(level->below);

	return !strncmp(path, level->below, length) && !strchr(path + length, '/') ? path + length
										   : NULL;
}

static int write_content(struct sink *sink, struct source *content, struct pimg_error *error)
{
	const uint8_t *data;
	ssize_t there;

	while ((there = source_peek(content, 1, &data, error)) > 0) {
		if (sink_write(sink, data, (size_t)there, error) < 0)
			return -1;
		source_consume(content, (size_t)there);
	}
	return there < 0 ? -1 : sink_check(sink, error);
}

/* The new file gets the owner, mode and times of the old one. */
static int keep_attributes(const struct level *level, const char *old, const char *new,
			   struct pimg_error *error)
{
	_cleanup_close_ int from = RETRIED(openat(level->from, old, O_RDONLY | O_CLOEXEC));
	_cleanup_close_ int to = RETRIED(openat(level->to, new, O_RDONLY | O_CLOEXEC));

	return tree_copy_attributes(from, to, new, error);
}

static int write_blob(const struct level *level, const struct new_blob *blob,
		      struct pimg_error *error)
{
	const char *name = name_in(level, blob->new_path);
	struct sink *sink = sink_open_at(level->to, name, blob->new_path, error);

	if (!sink)
		return -1;
	if (write_content(sink, blob->content, error) < 0) {
		sink_abort(sink);
		return -1;
	}
	if (sink_commit(sink, error) < 0)
		return -1;
	return keep_attributes(level, name_in(level, blob->path), name, error);
}

/* Copies what is not replaced, and writes the new files. */
static int copy_level(const struct layout_copy *copy, const struct level *level,
		      struct pimg_error *error)
{
	_cleanup_free_ const char **without = calloc(copy->count + 2, sizeof(*without));
	struct tree_copy tree = {
		.from_name = copy->from,
		.to_name = copy->to,
		.without = without,
		.progress = copy->progress,
	};
	size_t count = 0;

	if (!without)
		return error_memory(error);
	for (size_t i = 0; i < copy->count; i++) {
		without[count] = name_in(level, copy->blobs[i].path);
		count += without[count] != NULL;
	}
	without[count] = level->next;
	if (tree_copy(&tree, level->from, level->to, error) < 0)
		return -1;
	for (size_t i = 0; i < copy->count; i++) {
		if (name_in(level, copy->blobs[i].path) &&
		    write_blob(level, &copy->blobs[i], error) < 0)
			return -1;
	}
	return 0;
}

static int enter(const struct level *level, int *from, int *to, struct pimg_error *error)
{
	*from = RETRIED(
		openat(level->from, level->next, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (*from >= 0 && mkdirat(level->to, level->next, 0700) == 0)
		*to = RETRIED(openat(level->to, level->next, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (*to >= 0)
		return 0;
	error_system(error, errno, "cannot copy");
	return error_in_file(error, level->next);
}

static int finish_level(const struct layout_copy *copy, const struct level *level,
			struct pimg_error *error)
{
	if (tree_copy_attributes(level->from, level->to, copy->to, error) < 0)
		return -1;
	RETRIED(fsync(level->to));
	return 0;
}

static int copy_levels(const struct layout_copy *copy, int from, int to, struct pimg_error *error)
{
	_cleanup_close_ int blobs_from = -1, blobs_to = -1, in_from = -1, in_to = -1;
	struct level levels[] = {
		{"", BLOBS, from, to},
		{BLOBS "/", IN_BLOBS, -1, -1},
		{BLOBS "/" IN_BLOBS "/", NULL, -1, -1},
	};

	if (enter(&levels[0], &blobs_from, &blobs_to, error) < 0)
		return -1;
	levels[1].from = blobs_from;
	levels[1].to = blobs_to;
	if (enter(&levels[1], &in_from, &in_to, error) < 0)
		return -1;
	levels[2].from = in_from;
	levels[2].to = in_to;
	/* index.json leads to the others, so it comes last. */
	for (int i = 2; i >= 0; i--) {
		if (copy_level(copy, &levels[i], error) < 0 ||
		    finish_level(copy, &levels[i], error) < 0)
			return -1;
	}
	return 0;
}

static int check(const struct layout_copy *copy, const char *written, struct pimg_error *error)
{
	struct dumps dumps = {0};
	int result = dumps_at(&dumps, written, false, copy->progress, error);

	if (result == 0)
		result = copy->check(copy->context, &dumps, error);
	dumps_release(&dumps);
	return result;
}

static int check_names(const struct layout_copy *copy, struct pimg_error *error)
{
	for (size_t i = 0; i < copy->count; i++) {
		const char *path = copy->blobs[i].path;

		if (!strchr(path, '/') ||
		    !strncmp(path, BLOBS "/" IN_BLOBS "/", strlen(BLOBS "/" IN_BLOBS "/")))
			continue;
		error_usage(error, "has digests that are not SHA-256, which pipeimg cannot write");
		return error_in_file(error, copy->from);
	}
	return 0;
}

int layout_copy(const struct layout_copy *copy, struct pimg_error *error)
{
	_cleanup_close_ int from = tree_open(copy->from, error);
	struct new_directory directory;
	int result;

	if (from < 0)
		return -1;
	if (!strcmp(copy->to, "-"))
		return error_usage(
			error,
			"a directory cannot be written to standard output; name a new directory");
	if (check_names(copy, error) < 0 ||
	    convert_check_outside(copy->from, copy->to, error) < 0 ||
	    new_directory_make(&directory, copy->to, error) < 0)
		return -1;
	result = copy_levels(copy, from, directory.fd, error);
	if (result == 0)
		result = check(copy, directory.temporary, error);
	if (result == 0)
		return new_directory_commit(&directory, error);
	new_directory_abort(&directory);
	return -1;
}
