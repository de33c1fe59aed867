/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The places of the queues in a compressed image, so that one queue can be read without the others: in a
 * skippable frame before the seek table, which every zstd skips. All numbers are little-endian, whatever
 * the image's byte order is:
 *
 *	u32 1, the version; u32 number of rows
 *	a row: u32 id of the queue, u64 offset of records of it in the image, u64 their length
 *	u64 XXH64 of everything before
 *
 * Rows are in the order of the image, and do not overlap. If the records of a queue are not adjacent, the
 * queue has several rows.
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
	bool too_many; /* no rows are stored */
	bool damaged;  /* it exists, but cannot be trusted */
};

/* Adds a row: records of a queue are from offset to end, after those that were added before. */
int queue_index_add(struct queue_index *index, uint32_t id, uint64_t offset, uint64_t end,
		    struct pimg_error *error);
/*
 * Writes the index to a sink that is compressed in frames; does nothing for another sink, or if there are
 * too many rows.
 */
int queue_index_write(const struct queue_index *index, struct sink *to, struct pimg_error *error);
/*
 * Returns 1 if the source has an index, 0 if it has none that can be trusted, or -1.
 * @index: empty; must be released also on failure
 */
int queue_index_read(struct queue_index *index, struct source *source, struct pimg_error *error);
bool queue_index_equal(const struct queue_index *a, const struct queue_index *b);
void queue_index_release(struct queue_index *index);

#endif
