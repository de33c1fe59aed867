// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sources that are files: the bottom of every stack. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "io/source/file.h"

struct file {
	int fd;
	bool seekable;
	bool refuses_to_wait;
	pimg_progress_fn progress; /* while it waits, or null */
	void *context;
	char *name;
};

static int file_failed(const struct file *file, struct pimg_error *error)
{
	if (errno == EINTR)
		error_interrupted(error);
	else
		error_system(error, errno, "cannot read");
	return error_in_file(error, file->name);
}

/* As often it is asked whether to go on waiting. */
#define WAIT_MS 100

/* Until there is something to read, or the end. What is not asked of it waits in read(2). */
static int wait_for_input(const struct file *file, uint64_t offset, struct pimg_error *error)
{
	struct pollfd input = {.fd = file->fd, .events = POLLIN};

	if (!file->refuses_to_wait && !file->progress)
		return 0;
	for (;;) {
		int ready = poll(&input, 1, file->refuses_to_wait ? 0 : WAIT_MS);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return file_failed(file, error);
		if (ready == 0 && file->refuses_to_wait)
			error_waiting(error);
		else if (file->progress && file->progress(file->context, offset, 0))
			error_interrupted(error);
		else
			continue;
		return error_in_file(error, file->name);
	}
}

static ssize_t file_read(void *self, uint64_t offset, void *buffer, size_t length,
			 struct pimg_error *error)
{
	struct file *file = self;
	ssize_t got;

	if (!file->seekable && wait_for_input(file, offset, error) < 0)
		return -1;
	got = RETRIED(file->seekable ? pread(file->fd, buffer, length, (off_t)offset)
				     : read(file->fd, buffer, length));
	return got < 0 ? file_failed(file, error) : got;
}

/* Of a block device the length is not known: it is read on. */
static int64_t file_length(void *self, struct pimg_error *error)
{
	struct file *file = self;
	struct stat status;

	if (fstat(file->fd, &status) < 0)
		return file_failed(file, error);
	return S_ISREG(status.st_mode) ? status.st_size : 0;
}

static uint64_t file_data_after(void *self, uint64_t offset)
{
	struct file *file = self;
	off_t data = file->seekable ? lseek(file->fd, (off_t)offset, SEEK_DATA) : -1;

	if (data >= 0)
		return (uint64_t)data;
	if (!file->seekable || errno != ENXIO)
		return offset;
	data = lseek(file->fd, 0, SEEK_END);
	return data < (off_t)offset ? offset : (uint64_t)data;
}

static void file_close(void *self)
{
	struct file *file = self;

	close(file->fd);
	free(file->name);
	free(file);
}

const struct source_backend source_file_backend = {
	.read = file_read,
	.length = file_length,
	.data_after = file_data_after,
	.close = file_close,
};

void *source_file_new(int fd, const char *name, bool seekable, struct pimg_error *error)
{
	struct file *file = calloc(1, sizeof(*file));

	if (file)
		file->name = strdup(name);
	if (file && file->name) {
		file->fd = fd;
		file->seekable = seekable;
		return file;
	}
	free(file);
	close(fd);
	error_memory(error);
	return NULL;
}

static struct file *input_of(const struct source *source)
{
	struct file *file = source->backend == &source_file_backend ? source->self : NULL;

	return file && !file->seekable ? file : NULL;
}

void source_file_tell_waits(struct source *source, pimg_progress_fn progress, void *context)
{
	struct file *file = input_of(source);

	if (!file)
		return;
	file->progress = progress;
	file->context = context;
}

void source_file_wait(struct source *source, bool wait)
{
	struct file *file = input_of(source);

	if (file)
		file->refuses_to_wait = !wait;
}

int source_file_input(const struct source *source)
{
	const struct file *file = input_of(source);

	return file ? file->fd : -1;
}

/* Takes fd over, in either case. */
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
	file = source_file_new(fd, name, seekable, error);
	if (!file)
		return NULL;
	source = source_new(&source_file_backend, file, name, seekable,
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
	if (errno == EINTR)
		error_interrupted(error);
	else
		error_system(error, errno, "cannot open");
	return error_in_file(error, name);
}

/* The name is not there: returns 0, or -1 if a symbolic link has it, which leads nowhere. */
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
	/* Not blocking: where a FIFO has an image's name, nobody need be at its other end. */
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

struct source *source_open(const char *path, struct pimg_error *error)
{
	bool standard_input = !strcmp(path, "-");
	const char *name = standard_input ? "standard input" : path;
	int fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				: RETRIED(open(path, O_RDONLY | O_CLOEXEC));

	if (fd < 0) {
		open_failed(name, error);
		return NULL;
	}
	/* Redirected from a file and read from by someone before us: offsets would lie. */
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
