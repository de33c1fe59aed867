/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks along one queue of an open image, record by record or chunk by chunk, and reads its payload
 * in order. It needs no index: memory does not grow with the image, but where records of several
 * queues are mixed, and then by 16 bytes a record.
 *
 * Cursors on one file share its window: only the one moved last may go on reading.
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

	/* The record that it is in. */
	struct record record;
	struct entry entry;
	uint8_t *message;
	size_t message_room;
	uint64_t payload_left;
	bool in_record;
	bool chunk_given; /* of a record that is one chunk */
	struct entry_chunks chunks;

	/* The chunk that it is in. */
	enum pimg_kind kind;
	uint64_t chunk_left;

	/* The rule by which a stream run is taken apart, or null. */
	const struct framing_rule *frame;
	struct cursor *reference; /* or a queue that has its boundaries, or null */
	struct frame_limits frame_limits;
	uint64_t run_left; /* of it, behind the chunk */

	const struct pimg_progress *progress; /* asked while payload is read; may be null */
	uint64_t reported;		      /* offset in the source */

	struct checksum checksum; /* of the record's payload so far */
};

/* All zeros is a cursor that is closed. */
int cursor_open(struct cursor *cursor, struct pimg_image *image, size_t queue,
		struct pimg_error *error);
void cursor_close(struct cursor *cursor);

#define _cleanup_cursor_ __attribute__((cleanup(cursor_close)))

/* Reading payload reports from now on, so that it can be stopped. */
void cursor_set_progress(struct cursor *cursor, const struct pimg_progress *progress);

/*
 * Takes stream runs apart by a rule from now on. Where it does not fit, going to the next chunk
 * fails.
 */
void cursor_set_frame(struct cursor *cursor, const struct framing_rule *frame);
/*
 * The same, with the chunks of another queue.
 * @reference: stays the caller's, as long as cursor goes on
 */
void cursor_set_reference(struct cursor *cursor, struct cursor *reference);

/*
 * Goes to the next record of the queue, whatever is left of this one.
 * Returns 1 and has it in cursor->entry, 0 after the last, or -1.
 */
int cursor_next_record(struct cursor *cursor, struct pimg_error *error);

/*
 * Goes to the next chunk, past what is left of this one.
 * @kind, @length: set
 * Returns 1, 0 after the last, or -1.
 */
int cursor_next_chunk(struct cursor *cursor, enum pimg_kind *kind, uint64_t *length,
		      struct pimg_error *error);

/* The same, but no further than the record. */
int cursor_next_chunk_here(struct cursor *cursor, enum pimg_kind *kind, uint64_t *length,
			   struct pimg_error *error);

/*
 * Reads on in the payload of the chunk, or of the record where none was begun.
 * @data: set to the bytes, valid until the cursor is used again
 * Returns how many there are, 0 at the end of it, or -1. At the end of a record that was read from
 * its start, its checksum is compared.
 */
ssize_t cursor_read(struct cursor *cursor, const uint8_t **data, struct pimg_error *error);
/* The same, but no more than most. */
ssize_t cursor_read_up_to(struct cursor *cursor, size_t most, const uint8_t **data,
			  struct pimg_error *error);

/* The XXH3-64 of what cursor_read() will give. Nothing is passed. */
int cursor_hash(struct cursor *cursor, uint64_t *hash, struct pimg_error *error);

/* Where two queues part; index 0 is the first, 1 the second. */
struct cursor_difference {
	bool in_bytes;	 /* else in kind or length of chunks, or in their number */
	uint64_t offset; /* in the bytes of the queue, of the first that differs or has no like */
	struct {
		bool over;	 /* it has no such chunk */
		uint64_t number; /* of the chunk, from 1 */
		enum pimg_kind kind;
		uint64_t length, offset; /* of the chunk, and of its start in the queue */
	} chunk[2];
};

/*
 * Compares what readers of two queues would see, reading both to their ends. With bytes_only the
 * boundaries of packets do not count.
 * Returns 1 if they are equal, 0 if not, and sets difference, or -1.
 */
int cursor_compare(struct cursor *first, struct cursor *second, bool bytes_only,
		   struct cursor_difference *difference, struct pimg_error *error);
/* Says a difference in words. Returns -1. */
int cursor_difference_error(const struct cursor_difference *difference, struct pimg_error *error);

#endif
