/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A source of bytes: read in order through a window, or at any offset.
 *
 * Files are read, not mapped: a file that shrinks under a mapping ends the process with SIGBUS,
 * which a library may not handle; copying costs a tenth of a second per gigabyte.
 *
 * What cannot be sought (a pipe) can be kept in a nameless temporary file as it is read, so that
 * source_read_at() and source_seek() work on all that the window has passed.
 */
#ifndef LIBIMG_IO_SOURCE_H
#define LIBIMG_IO_SOURCE_H

#include <stdio.h>

#include "pipeimg.h"

/* The fields are source.c's; they stand here so that a look into the window costs no call. */
struct source {
	char *name;
	int fd;
	int spool; /* copy of what cannot be sought, else -1 */
	uint64_t length;
	bool seekable;
	bool kept; /* in spool, unless it can be sought */
	bool ended;

	uint8_t *window;
	size_t size;	     /* of the window's memory */
	size_t start, fill;  /* the next byte, and the end of what was read */
	uint64_t read_bytes; /* offset in the file of window[fill] */
};

/* Opens a file; "-" is standard input. Errors name the file. */
struct source *source_open(const char *path, struct pimg_error *error);
/*
 * Opens name in the directory behind dirfd.
 * Returns 1 and sets source, 0 if there is no such file, or -1.
 */
int source_open_at(int dirfd, const char *name, const char *shown_name, struct source **source,
		   struct pimg_error *error);
/* The same for a file of a directory, which messages call DIRECTORY/BASE. */
int source_open_in(int dirfd, const char *directory, const char *base, struct source **source,
		   struct pimg_error *error);
/* Reads from the start of a file that is open already. The descriptor stays the caller's. */
struct source *source_from_fd(int fd, const char *name, struct pimg_error *error);
void source_close(struct source *source);
/* From now on everything is kept. To be called while nothing has left the window. */
int source_keep(struct source *source, struct pimg_error *error);

const char *source_name(const struct source *source);
/* Offset of the next byte. */
static inline uint64_t source_offset(const struct source *source)
{
	return source->read_bytes - (source->fill - source->start);
}

/* Length of the file, or 0 where it is not known. */
uint64_t source_length(const struct source *source);

/* source_peek() where the window does not have them yet. */
ssize_t source_peek_more(struct source *source, size_t wanted, const uint8_t **data,
			 struct pimg_error *error);

/*
 * Shows the next bytes without passing them.
 * @wanted: the window grows to this, but only with bytes that are really there
 * @data: set to the next byte; valid until the next call
 * Returns how many bytes are at data: wanted or more, or fewer at the end of the file; or -1.
 */
static inline ssize_t source_peek(struct source *source, size_t wanted, const uint8_t **data,
				  struct pimg_error *error)
{
	if (source->fill - source->start < wanted)
		return source_peek_more(source, wanted, data, error);
	*data = source->window + source->start;
	return (ssize_t)(source->fill - source->start);
}

/* Passes bytes that source_peek() showed. */
static inline void source_consume(struct source *source, size_t length)
{
	source->start += length;
}

/*
 * Passes what is left if it is zeros; holes of a file cost nothing.
 * @count: set to how many
 * @progress: may be null
 * Returns 1 if there was nothing else, 0 if there was, or -1.
 */
int source_only_zeros_left(struct source *source, uint64_t *count, pimg_progress_fn progress,
			   void *context, struct pimg_error *error);
/*
 * Goes to an offset. Of what cannot be sought, all must have been read before.
 * An offset beyond the end is the end.
 */
int source_seek(struct source *source, uint64_t offset, struct pimg_error *error);
/* Passes length bytes. Returns how many there were, fewer only at the end of the file; or -1. */
int64_t source_skip(struct source *source, uint64_t length, struct pimg_error *error);
/* Reads length bytes at offset, without moving the window. Fewer is an error. */
int source_read_at(struct source *source, uint64_t offset, void *buffer, size_t length,
		   struct pimg_error *error);

#endif
