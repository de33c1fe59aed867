// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/progress.h"
#include "io/source/file.h"
#include "io/source/reader.h"
#include "io/source/spool.h"

/* Fits into a core's second-level cache; larger windows were not faster. */
#define WINDOW_BYTES (256 * 1024)

/* A source gets a thread after this many bytes read in order, if at least as many are left. */
#define IN_ORDER_BYTES (8 * 1024 * 1024)

struct source *source_new(const struct source_backend *backend, void *self, const char *name,
			  bool seekable, uint64_t length, struct pimg_error *error)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source) {
		backend->close(self);
		error_memory(error);
		return NULL;
	}
	source->backend = backend;
	source->self = self;
	source->name = strdup(name);
	source->window = malloc(WINDOW_BYTES);
	source->size = WINDOW_BYTES;
	source->seekable = seekable;
	source->length = length;
	source->kept_from = UINT64_MAX;
	if (source->name && source->window)
		return source;
	source_close(source);
	error_memory(error);
	return NULL;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	reader_stop(source->reader);
	source->backend->close(source->self);
	spool_free(source->spool);
	free(source->problem);
	free(source->name);
	free(source->ahead);
	free(source->window);
	free(source);
}

const char *source_name(const struct source *source)
{
	return source->name;
}

uint64_t source_length(const struct source *source)
{
	return source->length;
}

bool source_can_seek(const struct source *source)
{
	return source->seekable;
}

uint64_t source_consumed(const struct source *source)
{
	return source->backend->consumed ? source->backend->consumed(source->self)
					 : source->kept_from;
}

uint64_t source_consumed_with(const struct source *source)
{
	uint64_t below = source_consumed(source), here = source_offset(source);

	return below < here ? below : here;
}

bool source_passes_unread(const struct source *source)
{
	return source->seekable && !source->spool && source->backend->consumed;
}

void source_progress(const struct source *source, uint64_t *done, uint64_t *total)
{
	bool below = !source->length && source->backend->length_below;

	*done = below ? source_consumed(source) : source_offset(source);
	*total = below ? source->backend->length_below(source->self) : source->length;
}

const struct pimg_error *source_problem(const struct source *source)
{
	return source->problem;
}

void source_set_problem(struct source *source, const struct pimg_error *problem)
{
	if (!source->problem)
		source->problem = malloc(sizeof(*problem));
	if (source->problem)
		*source->problem = *problem;
}

static int keep(struct source *source, const uint8_t *data, size_t length, struct pimg_error *error)
{
	if (!source->spool)
		source->spool = spool_new(error);
	if (!source->spool ||
	    spool_write(source->spool, data, length, source_consumed(source), error) < 0)
		return error_in_file(error, source->name);
	return 0;
}

int source_keep(struct source *source, struct pimg_error *error)
{
	if (source->kept)
		return 0;
	source->kept = true;
	if (source->seekable || !source->fill)
		return 0;
	return keep(source, source->window, source->fill, error);
}

/* Reads once, after the end of the window. Returns how many bytes, 0 at the end, or -1. */
static ssize_t read_once(struct source *source, struct pimg_error *error)
{
	uint8_t *at = source->window + source->fill;
	ssize_t got = source->backend->read(source->self, source->read_bytes, at,
					    source->size - source->fill, error);

	if (got > 0 && source->kept && !source->seekable &&
	    keep(source, at, (size_t)got, error) < 0)
		return -1;
	return got;
}

/* Reads once into the window. Also returns 0 at the end of the file. */
static int fill_window(struct source *source, struct pimg_error *error)
{
	ssize_t got = source->failed ? -1 : read_once(source, &source->failure);

	if (got < 0) {
		/*
		 * A source that cannot seek repeats its failure from then on: decompression libraries are
		 * not safe to call again (libbz2 writes beyond its arrays), and data that was not kept is
		 * gone. Waiting for more data is not a failure.
		 */
		source->failed = !source->seekable && !error_is_waiting(&source->failure);
		return error_copy(error, &source->failure);
	}
	if (!got) {
		source->ended = true;
		return 0;
	}
	source->fill += (size_t)got;
	source->read_bytes += (uint64_t)got;
	source->in_order += (uint64_t)got;
	return 0;
}

/* ---- reading ahead ---- */

static void stop_reading_ahead(struct source *source)
{
	reader_stop(take_pointer(source->reader));
	source->in_order = 0;
}

static void read_ahead_if_useful(struct source *source)
{
	uint8_t *window;

	if (source->in_order < IN_ORDER_BYTES || source->backend != &file_backend ||
	    !source->seekable || source->size > READER_BUFFER_BYTES ||
	    source->length < source->read_bytes + IN_ORDER_BYTES)
		return;
	source->in_order = 0;
	window = realloc(source->window, READER_BUFFER_BYTES);
	if (!window)
		return;
	source->window = window;
	source->size = READER_BUFFER_BYTES;
	source->reader = reader_start(file_descriptor(source->self), source->read_bytes);
}

/*
 * Replaces the window by the block that was read ahead, with the rest of the window in front of it.
 * Returns 1, 0 if the window must be filled by reading, or -1.
 */
static int take_block(struct source *source, struct pimg_error *error)
{
	size_t rest = source->fill - source->start;
	ssize_t got = 0;

	if (!source->reader)
		read_ahead_if_useful(source);
	if (!source->reader)
		return 0;
	if (rest <= READER_ROOM_BYTES && source->size == READER_BUFFER_BYTES)
		got = reader_exchange(source->reader, source->read_bytes, &source->window,
				      source->window + source->start, rest);
	if (got < 0) {
		error_system(error, errno, "cannot read");
		return error_in_file(error, source->name);
	}
	if (!got) {
		stop_reading_ahead(source);
		return 0;
	}
	source->start = source->valid_from = READER_ROOM_BYTES - rest;
	source->fill = READER_ROOM_BYTES + (size_t)got;
	source->read_bytes += (uint64_t)got;
	return 1;
}

/* Doubles the window when it is full, so that memory grows only with the bytes that really exist. */
static int make_room(struct source *source, struct pimg_error *error)
{
	uint8_t *grown;

	if (source->start) {
		memmove(source->window, source->window + source->start,
			source->fill - source->start);
		source->fill -= source->start;
		source->start = source->valid_from = 0;
	}
	if (source->fill < source->size)
		return 0;
	grown = realloc(source->window, source->size * 2);
	if (!grown)
		return error_memory(error);
	source->window = grown;
	source->size *= 2;
	return 0;
}

ssize_t source_peek_more(struct source *source, size_t wanted, const uint8_t **data,
			 struct pimg_error *error)
{
	if (source->start == source->fill)
		source->start = source->fill = source->valid_from = 0;
	while (source->fill - source->start < wanted && !source->ended) {
		int taken = take_block(source, error);

		if (taken < 0)
			return -1;
		if (taken)
			continue;
		if (source->start + wanted > source->size && make_room(source, error) < 0)
			return -1;
		if (fill_window(source, error) < 0)
			return -1;
	}
	*data = source->window + source->start;
	return (ssize_t)(source->fill - source->start);
}

/* The window is valid only at the offset it was read from: elsewhere it is empty. */
static void jump_to(struct source *source, uint64_t offset)
{
	source->start = source->fill = source->valid_from = 0;
	source->read_bytes = offset;
	source->in_order = 0;
	source->ended = false;
}

/* Skips bytes of a file by seeking, up to the file's current end. */
static int64_t seek_on(struct source *source, uint64_t length, struct pimg_error *error)
{
	int64_t there = source->backend->length(source->self, error);
	uint64_t left;

	if (there < 0 || (uint64_t)there < source->read_bytes)
		return there < 0 ? -1 : 0;
	left = (uint64_t)there - source->read_bytes;
	if (length > left)
		length = left;
	jump_to(source, source->read_bytes + length);
	return (int64_t)length;
}

int64_t source_skip(struct source *source, uint64_t length, struct pimg_error *error)
{
	uint64_t done = 0;

	while (done < length) {
		const uint8_t *data;
		ssize_t there = (ssize_t)(source->fill - source->start);

		/* Short distances are read, so that small records do not cost a system call each. */
		if (!there && source->seekable && length - done > WINDOW_BYTES) {
			int64_t moved = seek_on(source, length - done, error);

			if (moved < 0)
				return -1;
			done += (uint64_t)moved;
			if (moved)
				continue;
		}
		if (!there)
			there = source_peek(source, 1, &data, error);
		if (there < 0)
			return -1;
		if (!there)
			break;
		if ((uint64_t)there > length - done)
			there = (ssize_t)(length - done);
		source_consume(source, (size_t)there);
		done += (uint64_t)there;
	}
	return (int64_t)done;
}

/* With an empty window: continues where the file has data again, or at its end. */
static uint64_t skip_hole(struct source *source)
{
	uint64_t at = source->read_bytes, data;

	if (!source->backend->data_after || at >= source->length)
		return 0;
	data = source->backend->data_after(source->self, at);
	jump_to(source, data);
	return data - at;
}

static bool is_zeros(const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i])
			return false;
	}
	return true;
}

int source_only_zeros_left(struct source *source, uint64_t *count,
			   const struct pimg_progress *progress, struct pimg_error *error)
{
	uint64_t reported = 0;

	for (*count = 0;;) {
		const uint8_t *data;
		ssize_t there = source_peek(source, 1, &data, error);

		if (there <= 0)
			return there < 0 ? -1 : 1;
		if (!is_zeros(data, (size_t)there))
			return 0;
		source_consume(source, (size_t)there);
		*count += (uint64_t)there + skip_hole(source);
		if (source_report(source, progress, &reported, error) < 0)
			return -1;
	}
}

int source_read_through(struct source *source, const struct pimg_progress *progress,
			struct pimg_error *error)
{
	uint64_t reported = 0;

	if (source_seek(source, 0, error) < 0)
		return -1;
	for (;;) {
		const uint8_t *data;
		ssize_t there = source_peek(source, 1, &data, error);

		if (there <= 0)
			return there < 0 ? -1 : 0;
		source_consume(source, (size_t)there);
		if (source_report(source, progress, &reported, error) < 0)
			return -1;
	}
}

int source_report_now(const struct source *source, const struct pimg_progress *progress,
		      struct pimg_error *error)
{
	if (progress_report(progress, source_offset(source), source->length, error) < 0)
		return error_in_file(error, source->name);
	return 0;
}

/* After its end, a source that came through a pipe reads the file that it was copied to. */
static int become_spool(struct source *source, struct pimg_error *error)
{
	void *file;
	int fd;

	if (!source->ended || !source->spool)
		return error_usage(error,
				   "cannot seek back in a stream that was not read to its end");
	fd = spool_take_fd(source->spool, error);
	file = fd < 0 ? NULL : file_new(fd, source->name, true, error);
	if (!file)
		return -1;
	source->kept_from = source_consumed(source);
	source->backend->close(source->self);
	source->backend = &file_backend;
	source->self = file;
	spool_free(source->spool);
	source->spool = NULL;
	source->length = source->read_bytes;
	source->seekable = true;
	return 0;
}

int source_seek(struct source *source, uint64_t offset, struct pimg_error *error)
{
	uint64_t window_at = source->read_bytes - (source->fill - source->valid_from);

	if (offset >= window_at && offset <= source->read_bytes) {
		source->start = source->fill - (size_t)(source->read_bytes - offset);
		return 0;
	}
	if (!source->seekable && become_spool(source, error) < 0)
		return error_in_file(error, source->name);
	jump_to(source, offset);
	return 0;
}

int source_keep_all(struct source *source, const struct pimg_progress *progress,
		    struct pimg_error *error)
{
	enum { STEP = 1 << 20 };
	int64_t passed = STEP;
	uint64_t reported = 0;

	if (source->seekable)
		return 0;
	if (source_keep(source, error) < 0)
		return -1;
	while (passed == STEP) {
		passed = source_skip(source, STEP, error);
		if (passed >= 0 && source_report(source, progress, &reported, error) < 0)
			return -1;
	}
	if (passed < 0 || become_spool(source, error) < 0)
		return -1;
	jump_to(source, 0);
	return 0;
}
