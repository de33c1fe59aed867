// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/nameless.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"

static const char *temporary_directory(void)
{
	const char *directory = getenv("TMPDIR");

	return directory && *directory ? directory : "/tmp";
}

/* Returns the descriptor, or -1 with errno set. */
static int open_in(const char *directory)
{
	_cleanup_free_ char *path = NULL;
	int fd = RETRIED(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));

	if (fd >= 0)
		return fd;
	if (asprintf(&path, "%s/pipeimg-XXXXXX", directory) < 0) {
		path = NULL;
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int open_on_disk(struct pimg_error *error)
{
	const char *directory = temporary_directory();
	int fd = open_in(directory);

	if (fd >= 0)
		return fd;
	return error_system(
		error, errno,
		"cannot create a temporary file in %s (set TMPDIR to another directory)",
		directory);
}

int nameless_open(struct nameless *file, struct pimg_error *error)
{
	file->fd = memfd_create("pipeimg", MFD_CLOEXEC);
	file->in_memory = file->fd >= 0;
	if (!file->in_memory)
		file->fd = open_on_disk(error);
	return file->fd < 0 ? -1 : 0;
}

/* Copies the content; holes in so few bytes need not remain holes. */
static int copy_to(int to, int from, struct pimg_error *error)
{
	uint8_t piece[16384];
	off_t at = 0;

	for (;;) {
		ssize_t there = RETRIED(pread(from, piece, sizeof(piece), at));

		if (!there)
			return 0;
		if (there > 0)
			there = RETRIED(pwrite(to, piece, (size_t)there, at));
		if (there < 0)
			return error_system(error, errno,
					    "cannot write to a temporary file in "
					    "%s (set TMPDIR to another directory)",
					    temporary_directory());
		at += there;
	}
}

int nameless_make_room(struct nameless *file, uint64_t length, struct pimg_error *error)
{
	_cleanup_close_ int fd = -1;

	if (!file->in_memory || length <= NAMELESS_IN_MEMORY_BYTES)
		return 0;
	fd = open_on_disk(error);
	if (fd < 0 || copy_to(fd, file->fd, error) < 0)
		return -1;
	lseek(fd, lseek(file->fd, 0, SEEK_CUR), SEEK_SET);
	close(file->fd);
	file->fd = take_fd(&fd);
	file->in_memory = false;
	return 0;
}
