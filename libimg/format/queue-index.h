/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the queues of a compressed image are, so that one can be read without the others: in a skippable
 * frame before the table of frames, which every zstd passes over.
 * All numbers are little-endian, whatever the image's own order is:
 *
 *	u32 1, the version; u32 number of rows
 *	a row: u32 id of the queue, u64 offset of records of it in the image, u64 their length
 *	u64 XXH64 of all before
 *
 * Rows are in the order of the image, and none overlaps another. Records of a queue that do not follow each other have rows of
 * their own.
 */
#ifndef LIBIMG_FORMAT_QUEUE_INDEX_H
#define LIBIMG_FORMAT_QUEUE_INDEX_H

#include "io/sink/sink.h"
#include "io/source/source.h"

#define QUEUE_INDEX_MAGIC 0x184D2A5Du

struct queue_index_row {
	uint32_t id;
	uint64_t offset, length;
};

struct queue_index {
	struct queue_index_row *list;
	size_t count, room;
	bool too_many; /* nothing is kept */
	bool damaged;  /* there are some, which cannot be believed */
};

/* Notes down that records of a queue are from offset to end, behind those that were added before. */
int queue_index_add(struct queue_index *index, uint32_t id, uint64_t offset, uint64_t end,
		    struct pimg_error *error);
/* Writes them into a sink that is compressed in frames; into any other, or if they are too many, none. */
int queue_index_write(const struct queue_index *index, struct sink *to, struct pimg_error *error);
/*
 * Returns 1 if the source has them, 0 if it has none that can be believed, or -1.
 * @index: empty; to be released in any case
 */
int queue_index_read(struct queue_index *index, struct source *source, struct pimg_error *error);
bool queue_index_equal(const struct queue_index *a, const struct queue_index *b);
void queue_index_release(struct queue_index *index);

#endif
