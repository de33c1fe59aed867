// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/file.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"

struct file {
	int fd;
	bool seekable;
	bool refuses_to_wait;
	struct pimg_progress progress; /* to call while waiting */
	char *name;
};

static int file_failed(const struct file *file, struct pimg_error *error)
{
	error_system(error, errno, "cannot read");
	return error_in_file(error, file->name);
}

/* How often the callback is asked whether to continue waiting. */
#define WAIT_MS 100

/* Waits until there is something to read, or the end. Without a callback, read(2) waits. */
static int wait_for_input(const struct file *file, uint64_t offset, struct pimg_error *error)
{
	struct pollfd input = {.fd = file->fd, .events = POLLIN};

	if (!file->refuses_to_wait && !file->progress.report)
		return 0;
	for (;;) {
		int ready = poll(&input, 1, file->refuses_to_wait ? 0 : WAIT_MS);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return file_failed(file, error);
		if (ready == 0 && file->refuses_to_wait)
			error_waiting(error);
		else if (progress_report(&file->progress, offset, 0, error) == 0)
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

/* A block device has no known length: it is read until its end. */
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

const struct source_backend file_backend = {
	.read = file_read,
	.length = file_length,
	.data_after = file_data_after,
	.close = file_close,
};

void *file_new(int fd, const char *name, bool seekable, struct pimg_error *error)
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

void file_tell_waits(void *self, const struct pimg_progress *progress)
{
	struct file *file = self;

	file->progress = progress ? *progress : (struct pimg_progress){0};
}

void file_wait(void *self, bool wait)
{
	struct file *file = self;

	file->refuses_to_wait = !wait;
}

int file_descriptor(const void *self)
{
	const struct file *file = self;

	return file->fd;
}
