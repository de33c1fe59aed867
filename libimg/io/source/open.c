// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/open.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "io/source/file.h"

/* Takes over fd, also on failure. */
static struct source *source_of(int fd, const char *name, bool from_start, struct pimg_error *error)
{
	struct source *source;
	struct stat status;
	bool seekable;
	void *file;

	if (fstat(fd, &status) < 0) {
		error_system(error, errno, "cannot read");
		error_in_file(error, name);
		close(fd);
		return NULL;
	}
	seekable = from_start && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
	file = file_new(fd, name, seekable, error);
	if (!file)
		return NULL;
	source = source_new(&file_backend, file, name, seekable,
			    S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0, error);
	if (source)
		source->file = (struct file_identity){
			true,
			!seekable,
			status.st_dev,
			status.st_ino,
			(uint64_t)status.st_size,
			status.st_mtim,
		};
	return source;
}

static int open_failed(const char *name, struct pimg_error *error)
{
	error_system(error, errno, "cannot open");
	return error_in_file(error, name);
}

/* The file does not exist: returns 0, or -1 if the name is a dangling symbolic link. */
static int open_missing(int dirfd, const char *name, const char *shown_name,
			struct pimg_error *error)
{
	char target[256];
	ssize_t length = readlinkat(dirfd, name, target, sizeof(target));

	if (length < 0)
		return 0;
	error_check(error, CHECK_NOT_A_FILE,
		    "is a symbolic link to %.*s, which does not exist; copy that file too",
		    (int)length, target);
	return error_in_file(error, shown_name);
}

int source_open_at(int dirfd, const char *name, const char *shown_name, struct source **source,
		   struct pimg_error *error)
{
	/* Nonblocking, so that a FIFO with an image's name does not wait for its other end. */
	_cleanup_close_ int fd = RETRIED(openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return open_missing(dirfd, name, shown_name, error);
	if (fd < 0 || fstat(fd, &status) < 0)
		return open_failed(shown_name, error);
	if (!S_ISREG(status.st_mode)) {
		error_check(error, CHECK_NOT_A_FILE, "is not a regular file");
		return error_in_file(error, shown_name);
	}
	*source = source_of(take_fd(&fd), shown_name, true, error);
	return *source ? 1 : -1;
}

int source_open_in(int dirfd, const char *directory, const char *base, struct source **source,
		   struct pimg_error *error)
{
	_cleanup_free_ char *shown = NULL;

	if (asprintf(&shown, "%s/%s", directory, base) < 0) {
		shown = NULL;
		return error_memory(error);
	}
	return source_open_at(dirfd, base, shown, source, error);
}

/* Anonymous pipes, such as /dev/fd/63 of a shell, are in a separate file system. */
static bool is_named_fifo(const char *path)
{
	struct stat status;
	struct statfs system;

	return stat(path, &status) == 0 && S_ISFIFO(status.st_mode) && statfs(path, &system) == 0 &&
	       system.f_type != PIPEFS_MAGIC;
}

/* Opening a FIFO wakes its writers, and reading takes what its reader waits for. */
static int refuse_fifo(const char *path, struct pimg_error *error)
{
	error_usage(error,
		    "is a FIFO, and reading would take its content from its reader; to save that, "
		    "use pipeimg capture --fifo %s -o OUT; if the content is an image, give it as "
		    "standard input: cat %s | pipeimg show -",
		    path, path);
	return error_in_file(error, path);
}

struct source *source_open(const char *path, struct pimg_error *error)
{
	bool standard_input = !strcmp(path, "-");
	const char *name = standard_input ? "standard input" : path;
	int fd;

	if (!standard_input && is_named_fifo(path)) {
		refuse_fifo(path, error);
		return NULL;
	}
	fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			    : RETRIED(open(path, O_RDONLY | O_CLOEXEC));
	if (fd < 0) {
		open_failed(name, error);
		return NULL;
	}
	/* If the input is a file that another program has already read from, its offsets would be wrong. */
	return source_of(fd, name, !standard_input || lseek(fd, 0, SEEK_CUR) == 0, error);
}

struct source *source_from_fd(int fd, const char *name, struct pimg_error *error)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0) {
		error_system(error, errno, "cannot duplicate a descriptor");
		return NULL;
	}
	return source_of(copy, name, true, error);
}

/* The file of a source that cannot seek, or null. */
static void *input_of(const struct source *source)
{
	return source->backend == &file_backend && !source->seekable ? source->self : NULL;
}

void source_tell_waits(struct source *source, const struct pimg_progress *progress)
{
	void *file = input_of(source);

	if (file)
		file_tell_waits(file, progress);
}

void source_wait(struct source *source, bool wait)
{
	void *file = input_of(source);

	if (file)
		file_wait(file, wait);
}

int source_input(const struct source *source)
{
	const void *file = input_of(source);

	return file ? file_descriptor(file) : -1;
}
