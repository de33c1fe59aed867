/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A source of bytes: read in order through a window, or at any offset.
 *
 * Sources stack: below the window, a backend gets the bytes from a file (file.c), from another source by
 * decompressing it (decompress.c, seekable.c), or from a part of one (part.c).
 *
 * Files are read, not mapped: a file that shrinks under a mapping ends the process with SIGBUS, which a
 * library may not handle; copying costs a tenth of a second per gigabyte.
 *
 * A source that cannot seek (a pipe, most compressed files) can be kept in a nameless temporary file as it
 * is read, so that source_read_at() and source_seek() work on everything that the window has passed.
 */
#ifndef LIBIMG_IO_SOURCE_SOURCE_H
#define LIBIMG_IO_SOURCE_SOURCE_H

#include <stdio.h>

#include "base/progress.h"
#include "io/source/backend.h"
#include "pipeimg.h"

/* A file of this machine, by whatever name. */
struct file_identity {
	bool known;
	bool passes; /* a pipe or the like: data that was read is gone there */
	uint64_t device, inode;
	/* The state when it was opened. */
	uint64_t bytes;
	struct timespec modified;
};

/* The fields belong to source.c; they are public so that looking into the window costs no call. */
struct source {
	char *name;
	const struct source_backend *backend;
	void *self;
	struct spool *spool;	   /* copy of a source that cannot seek, else null */
	struct file_identity file; /* identity, or unknown if another source is below */
	uint64_t length;
	uint64_t kept_from; /* consumed count of a source that is a spool now, else UINT64_MAX */
	struct pimg_error *problem; /* a defect that does not prevent reading, else null */
	struct pimg_error failure;  /* of the read that failed last */
	bool failed;		    /* permanently */
	bool seekable;
	bool kept; /* in spool, unless it can seek */
	bool ended;

	uint8_t *window;
	size_t size;	     /* of the window's memory */
	size_t start, fill;  /* next byte, and end of the data that was read */
	size_t valid_from;   /* where that data begins */
	uint64_t read_bytes; /* offset in the file of window[fill] */

	/* Reads a large file ahead that is read in order; else null. */
	struct reader *reader;
	uint64_t in_order; /* bytes read one after another, without a jump */

	/* For source_read_at(): bytes read ahead, and where the last read ended. */
	uint8_t *ahead;
	uint64_t ahead_at, read_at_end;
	size_t ahead_bytes;
};

/* A part of another source, which must stay open as long as the part. */
struct source *source_part(struct source *whole, uint64_t offset, uint64_t length, const char *name,
			   struct pimg_error *error);
/* Takes over the backend, also on failure. @length: 0 if it is not known */
struct source *source_new(const struct source_backend *backend, void *self, const char *name,
			  bool seekable, uint64_t length, struct pimg_error *error);
/* Null is fine. */
void source_close(struct source *source);
/* From now on everything is kept. To be called before anything has left the window. */
int source_keep(struct source *source, struct pimg_error *error);
/*
 * Reads and keeps everything immediately, so that any offset can be read, and returns to the start. To be
 * called before anything has left the window.
 * @progress: may be null
 */
int source_keep_all(struct source *source, const struct pimg_progress *progress,
		    struct pimg_error *error);

const char *source_name(const struct source *source);
/* True if any offset can be read at any time. */
bool source_can_seek(const struct source *source);
/* Offset of the next byte. */
static inline uint64_t source_offset(const struct source *source)
{
	return source->read_bytes - (source->fill - source->start);
}

/*
 * How much was read from the compressed file below; UINT64_MAX if nothing is compressed. With several
 * layers of compression, the smallest count of all layers so far.
 */
uint64_t source_consumed(const struct source *source);
/* The same, for a caller that decompresses the source itself. */
uint64_t source_consumed_with(const struct source *source);
/* Whether skipped frames stay unread, so that damage in them is not reported. */
bool source_passes_unread(const struct source *source);
/* A defect of the source that does not prevent reading, or null. */
const struct pimg_error *source_problem(const struct source *source);
/* Stores it, if there is memory for it. */
void source_set_problem(struct source *source, const struct pimg_error *problem);

/* Length of the file, or 0 if it is not known. */
uint64_t source_length(const struct source *source);

/*
 * How much of the total was read. If the length of the decompressed data is not known, both count the
 * compressed file below. total is 0 if nothing is known.
 */
void source_progress(const struct source *source, uint64_t *done, uint64_t *total);

/* source_report() without the check whether a report is due. */
int source_report_now(const struct source *source, const struct pimg_progress *progress,
		      struct pimg_error *error);
/*
 * Reports how far the source was read, at most once every 64 KiB, and asks whether to continue.
 * @progress: may be null
 * @reported: offset of the last report; see progress_is_due()
 * Returns 0; or -1, with an error that names the source, if the callback stops the work.
 */
static inline int source_report(const struct source *source, const struct pimg_progress *progress,
				uint64_t *reported, struct pimg_error *error)
{
	if (!progress || !progress_is_due(reported, source_offset(source)))
		return 0;
	return source_report_now(source, progress, error);
}

/* source_peek() if the window does not have the bytes yet. */
ssize_t source_peek_more(struct source *source, size_t wanted, const uint8_t **data,
			 struct pimg_error *error);

/*
 * Shows the next bytes without consuming them.
 * @wanted: the window grows to this, but only with bytes that really exist
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

/* Consumes bytes that source_peek() showed. */
static inline void source_consume(struct source *source, size_t length)
{
	source->start += length;
}

/*
 * Skips the rest of the source if it is zeros; holes of a file cost nothing.
 * @count: set to how many
 * @progress: may be null
 * Returns 1 if there was nothing else, 0 if there was, or -1.
 */
int source_only_zeros_left(struct source *source, uint64_t *count,
			   const struct pimg_progress *progress, struct pimg_error *error);
/*
 * Reads everything from the start, including data that was skipped, because compressed data has checksums.
 * @progress: may be null
 */
int source_read_through(struct source *source, const struct pimg_progress *progress,
			struct pimg_error *error);
/*
 * Goes to an offset. A source that cannot seek must have been read completely before.
 * An offset beyond the end is the end.
 */
int source_seek(struct source *source, uint64_t offset, struct pimg_error *error);
/* Skips length bytes. Returns how many there were, fewer only at the end of the file; or -1. */
int64_t source_skip(struct source *source, uint64_t length, struct pimg_error *error);
/* Reads length bytes at offset, without moving the window. Fewer bytes are an error. */
int source_read_at(struct source *source, uint64_t offset, void *buffer, size_t length,
		   struct pimg_error *error);

#endif
