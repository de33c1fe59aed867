/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads one queue of an open image, record by record or chunk by chunk, and its payload in order. It needs
 * no index. Memory does not grow with the image, unless records of several queues are mixed: then it grows
 * by 16 bytes per record.
 *
 * Cursors on one file share its window: only the cursor that moved last may continue to read.
 */
#ifndef LIBIMG_IMAGE_CURSOR_H
#define LIBIMG_IMAGE_CURSOR_H

#include "format/checksum.h"
#include "format/decode.h"
#include "image/image.h"
#include "queue/framing.h"

struct cursor {
	struct pimg_image *image;
	const struct image_queue *queue;
	uint32_t number; /* of the queue */
	struct record_reader reader;
	uint64_t records_left;
	uint64_t next; /* record, in the file */
	const struct record_position *position;

	/* The current record. */
	struct record record;
	struct entry entry;
	uint8_t *message;
	size_t message_room;
	uint64_t payload_left;
	bool in_record;
	bool chunk_given; /* of a record that is one chunk */
	struct entry_chunks chunks;

	/* The current chunk. */
	enum pimg_kind kind;
	uint64_t chunk_left;

	/* The rule that splits stream runs into packets, or null. */
	const struct framing_rule *frame;
	struct cursor *reference; /* a queue with the boundaries instead, or null */
	struct frame_limits frame_limits;
	uint64_t run_left; /* bytes of the run after the chunk */

	const struct pimg_progress *progress; /* called while payload is read; may be null */
	uint64_t reported;		      /* offset in the source */

	struct checksum checksum; /* of the record's payload so far */
};

/* A closed cursor is all zeros. */
int cursor_open(struct cursor *cursor, struct pimg_image *image, size_t queue,
		struct pimg_error *error);
void cursor_close(struct cursor *cursor);

#define _cleanup_cursor_ __attribute__((cleanup(cursor_close)))

/* Makes reading of payload report progress, so that it can be cancelled. */
void cursor_set_progress(struct cursor *cursor, const struct pimg_progress *progress);

/*
 * Splits stream runs into packets by a rule from now on. If the rule does not fit, cursor_next_chunk() fails.
 */
void cursor_set_frame(struct cursor *cursor, const struct framing_rule *frame);
/*
 * The same, with the chunks of another queue.
 * @reference: still owned by the caller, and valid as long as cursor is in use
 */
void cursor_set_reference(struct cursor *cursor, struct cursor *reference);

/*
 * Goes to the next record of the queue, even if this one was not read to its end.
 * Returns 1 and sets cursor->entry, 0 after the last, or -1.
 */
int cursor_next_record(struct cursor *cursor, struct pimg_error *error);

/*
 * Goes to the next chunk, even if this one was not read to its end.
 * @kind, @length: set
 * Returns 1, 0 after the last, or -1.
 */
int cursor_next_chunk(struct cursor *cursor, enum pimg_kind *kind, uint64_t *length,
		      struct pimg_error *error);

/* The same, but stops at the end of the record. */
int cursor_next_chunk_here(struct cursor *cursor, enum pimg_kind *kind, uint64_t *length,
			   struct pimg_error *error);

/*
 * Reads the next bytes of the chunk, or of the record if no chunk was begun.
 * @data: set to the bytes, valid until the cursor is used again
 * Returns their number, 0 at the end, or -1. At the end of a record that was read from its start, its
 * checksum is compared.
 */
ssize_t cursor_read(struct cursor *cursor, const uint8_t **data, struct pimg_error *error);
/* The same, but at most most bytes. */
ssize_t cursor_read_up_to(struct cursor *cursor, size_t most, const uint8_t **data,
			  struct pimg_error *error);

/* The XXH3-64 of the bytes that cursor_read() will return. Does not move the cursor. */
int cursor_hash(struct cursor *cursor, uint64_t *hash, struct pimg_error *error);

/* The first difference between two queues; index 0 is the first queue, 1 the second. */
struct cursor_difference {
	bool in_bytes;	 /* otherwise in kind, length or number of chunks */
	uint64_t offset; /* in the queue, of the first byte that differs or is missing */
	struct {
		bool over;	 /* it has no such chunk */
		uint64_t number; /* of the chunk, from 1 */
		enum pimg_kind kind;
		uint64_t length, offset; /* of the chunk, and of its start in the queue */
	} chunk[2];
};

/*
 * Compares what readers of two queues would see, and reads both to their ends. With bytes_only, packet
 * boundaries are ignored.
 * Returns 1 if they are equal, 0 if not, and sets difference, or -1.
 */
int cursor_compare(struct cursor *first, struct cursor *second, bool bytes_only,
		   struct cursor_difference *difference, struct pimg_error *error);
/* Sets error to a description of the difference. Returns -1. */
int cursor_difference_error(const struct cursor_difference *difference, struct pimg_error *error);

#endif
