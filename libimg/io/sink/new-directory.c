// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/sink/new-directory.h"

#include <dirent.h>
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
#include "io/sink/sink.h"
#include "io/source/tree.h"

static void release(struct new_directory *directory)
{
	if (directory->fd >= 0)
		close(directory->fd);
	free(directory->path);
	free(directory->name);
	free(directory->temporary);
	*directory = (struct new_directory){.fd = -1};
}

static int failed(struct new_directory *directory, const char *path, struct pimg_error *error)
{
	error_system(error, errno, "cannot create");
	error_in_file(error, path);
	release(directory);
	return -1;
}

static int out_of_memory(struct new_directory *directory, struct pimg_error *error)
{
	release(directory);
	return error_memory(error);
}

static int refuse_existing(const char *name, struct pimg_error *error)
{
	error_refused(error, EEXIST,
		      "already exists and is not empty; choose another name (--force does not "
		      "replace directories)");
	return error_in_file(error, name);
}

/* Checked before anything is copied; rename(2) decides in the end. */
static bool is_taken(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	struct stat status;
	bool taken = false;

	if (!directory)
		return lstat(path, &status) == 0;
	while (!taken && (entry = readdir(directory)))
		taken = strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(directory);
	return taken;
}

int new_directory_make(struct new_directory *directory, const char *path, struct pimg_error *error)
{
	size_t length = strlen(path);

	*directory = (struct new_directory){.fd = -1, .path = strdup(path), .name = strdup(path)};
	if (!directory->path || !directory->name)
		return out_of_memory(directory, error);
	while (length > 1 && directory->path[length - 1] == '/')
		directory->path[--length] = '\0';
	if (is_taken(directory->path)) {
		refuse_existing(path, error);
		release(directory);
		return -1;
	}
	directory->temporary = sink_temporary_name("", directory->path);
	if (!directory->temporary)
		return out_of_memory(directory, error);
	if (mkdir(directory->temporary, 0700) < 0)
		return failed(directory, path, error);
	directory->fd = RETRIED(open(directory->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (directory->fd >= 0)
		return 0;
	rmdir(directory->temporary);
	return failed(directory, path, error);
}

/* A name is on disk only when its directory is. */
static void sync_parent(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd =
		copy ? RETRIED(open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) : -1;

	if (fd >= 0)
		RETRIED(fsync(fd));
}

int new_directory_commit(struct new_directory *directory, struct pimg_error *error)
{
	RETRIED(fsync(directory->fd));
	/* rename(2) replaces a directory only if that is empty. */
	if (rename(directory->temporary, directory->path) == 0) {
		sync_parent(directory->path);
		release(directory);
		return 0;
	}
	if (errno == ENOTEMPTY || errno == EEXIST)
		error_refused(error, EEXIST,
			      "already exists and is not empty; choose another name (--force does "
			      "not replace directories)");
	else
		error_system(error, errno, "cannot create");
	error_in_file(error, directory->name);
	new_directory_abort(directory);
	return -1;
}

void new_directory_abort(struct new_directory *directory)
{
	if (directory->fd < 0)
		return;
	tree_remove_entries(directory->fd);
	rmdir(directory->temporary);
	release(directory);
}
