// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/spool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "io/source/nameless.h"

/*
 * A few kilobytes can decompress to as many gigabytes. Images of real queues were never seen to shrink to
 * less than a hundredth, except zeros, which take no room here.
 */
#define HARMLESS_BYTES (UINT64_C(256) << 20)
#define GROWTH_MAX     1000
/* Zeros take no room, but their number must fit the types that count file lengths. */
#define LENGTH_MAX (UINT64_C(1) << 40)

struct spool {
	struct nameless file;
	uint64_t length;
	uint64_t on_disk; /* without the zeros */
};

struct spool *spool_new(struct pimg_error *error)
{
	struct spool *spool = calloc(1, sizeof(*spool));

	if (spool)
		spool->file.fd = -1;
	else
		error_memory(error);
	return spool;
}

void spool_free(struct spool *spool)
{
	if (spool && spool->file.fd >= 0)
		close(spool->file.fd);
	free(spool);
}

static int spool_failed(struct pimg_error *error, const char *what)
{
	return error_system(error, errno,
			    "cannot %s a temporary file (set TMPDIR to another directory)", what);
}

static int make_file(struct spool *spool, struct pimg_error *error)
{
	return spool->file.fd < 0 ? nameless_open(&spool->file, error) : 0;
}

static int write_at(struct spool *spool, const uint8_t *data, size_t length, uint64_t at,
		    struct pimg_error *error)
{
	if (nameless_make_room(&spool->file, at + length, error) < 0)
		return -1;
	while (length) {
		ssize_t written = RETRIED(pwrite(spool->file.fd, data, length, (off_t)at));

		if (written < 0)
			return spool_failed(error, "write to");
		data += written;
		length -= (size_t)written;
		at += (uint64_t)written;
	}
	return 0;
}

static bool is_zeros(const uint8_t *data, size_t length)
{
	return !data[0] && !memcmp(data, data + 1, length - 1);
}

static int grow(struct spool *spool, uint64_t length, struct pimg_error *error)
{
	if (length > LENGTH_MAX - spool->length)
		return error_check(error, CHECK_BOMB,
				   "more than %llu TiB of data, which no queue image can have",
				   (unsigned long long)(LENGTH_MAX >> 40));
	spool->length += length;
	return 0;
}

int spool_write(struct spool *spool, const void *data, size_t length, uint64_t taken,
		struct pimg_error *error)
{
	uint64_t at = spool->length;

	if (make_file(spool, error) < 0 || grow(spool, length, error) < 0)
		return -1;
	if (!length || is_zeros(data, length))
		return 0;
	spool->on_disk += length;
	if (spool->on_disk > HARMLESS_BYTES && spool->on_disk / GROWTH_MAX > taken)
		return error_check(error, CHECK_BOMB,
				   "stopped after %llu bytes decompressed to more than %llu MiB; "
				   "if that is expected, decompress the file first",
				   (unsigned long long)taken,
				   (unsigned long long)(spool->on_disk >> 20));
	return write_at(spool, data, length, at, error);
}

int spool_add_hole(struct spool *spool, uint64_t length, struct pimg_error *error)
{
	return grow(spool, length, error);
}

uint64_t spool_length(const struct spool *spool)
{
	return spool->length;
}

ssize_t spool_read(struct spool *spool, uint64_t offset, void *buffer, size_t length,
		   struct pimg_error *error)
{
	uint64_t left = spool && offset < spool->length ? spool->length - offset : 0;
	ssize_t got;

	if (length > left)
		length = left;
	if (!length)
		return 0;
	/* No file was created if there are only holes. */
	got = spool->file.fd < 0 ? 0
				 : RETRIED(pread(spool->file.fd, buffer, length, (off_t)offset));
	if (got < 0)
		return spool_failed(error, "read from");
	/* Zeros at the end were not written. */
	if (!got)
		memset(buffer, 0, length);
	return got ? got : (ssize_t)length;
}

uint64_t spool_data_after(const struct spool *spool, uint64_t offset)
{
	off_t data = spool->file.fd < 0 ? -1 : lseek(spool->file.fd, (off_t)offset, SEEK_DATA);

	if (data >= 0)
		return (uint64_t)data;
	return spool->file.fd < 0 || errno == ENXIO ? spool->length : offset;
}

int spool_take_fd(struct spool *spool, struct pimg_error *error)
{
	if (make_file(spool, error) < 0)
		return -1;
	if (RETRIED(ftruncate(spool->file.fd, (off_t)spool->length)) < 0)
		return spool_failed(error, "write to");
	return take_fd(&spool->file.fd);
}
