// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading at any offset. Small reads that follow one another, such as those of a packet search, would cost
 * a system call each, so the file is read ahead for them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/source/source.h"
#include "io/source/spool.h"

#define AHEAD_BYTES (64 * 1024)
/* Record headers lie between payloads. */
#define GAP_BYTES 4096

static ssize_t read_some(struct source *source, uint64_t offset, void *buffer, size_t length,
			 struct pimg_error *error)
{
	return source->seekable ? source->backend->read(source->self, offset, buffer, length, error)
				: spool_read(source->spool, offset, buffer, length, error);
}

static bool is_small_and_follows(const struct source *source, uint64_t offset, size_t length)
{
	return length <= GAP_BYTES && source->read_at_end && offset >= source->read_at_end &&
	       offset - source->read_at_end <= GAP_BYTES;
}

/*
 * If reading ahead fails, for example because of an error further on, each read fetches only what it needs.
 */
static void read_ahead(struct source *source, uint64_t offset)
{
	struct pimg_error ignored;
	ssize_t got;

	if (!source->ahead)
		source->ahead = malloc(AHEAD_BYTES);
	if (!source->ahead)
		return;
	got = read_some(source, offset, source->ahead, AHEAD_BYTES, &ignored);
	source->ahead_at = offset;
	source->ahead_bytes = got > 0 ? (size_t)got : 0;
}

/* Returns how many bytes were available. */
static size_t take_ahead(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
	uint64_t start = offset - source->ahead_at;

	if (offset < source->ahead_at || start >= source->ahead_bytes)
		return 0;
	if (length > source->ahead_bytes - start)
		length = (size_t)(source->ahead_bytes - start);
	memcpy(buffer, source->ahead + start, length);
	return length;
}

static ssize_t read_once(struct source *source, uint64_t offset, void *buffer, size_t length,
			 struct pimg_error *error)
{
	size_t taken = take_ahead(source, offset, buffer, length);

	if (!taken && is_small_and_follows(source, offset, length)) {
		read_ahead(source, offset);
		taken = take_ahead(source, offset, buffer, length);
	}
	return taken ? (ssize_t)taken : read_some(source, offset, buffer, length, error);
}

int source_read_at(struct source *source, uint64_t offset, void *buffer, size_t length,
		   struct pimg_error *error)
{
	uint8_t *at = buffer;

	while (length) {
		ssize_t got = read_once(source, offset, at, length, error);

		if (got < 0)
			return error_in_file(error, source->name);
		if (!got) {
			error_check(error, CHECK_CHANGED,
				    "the file was truncated while it was read");
			return error_in_file(error, source->name);
		}
		at += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
		source->read_at_end = offset;
	}
	return 0;
}
