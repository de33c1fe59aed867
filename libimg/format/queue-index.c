// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/queue-index.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/array.h"
#include "base/byte-order.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "io/compression/seekable.h"

/*
 * Only an image whose queues' records alternate has more; reading one queue of it needs everything anyway.
 */
#define ROWS_MAX (1U << 20)

enum { INDEX_VERSION = 1, HEAD_BYTES = 8, ROW_BYTES = 20, HASH_BYTES = 8 };

#define BYTES_MAX (HEAD_BYTES + (size_t)ROWS_MAX * ROW_BYTES + HASH_BYTES)

/* ---- rows ---- */

static struct queue_index_row *add_row(struct queue_index *index, struct pimg_error *error)
{
	if (array_make_room(&index->list, &index->room, index->count + 1, sizeof(*index->list),
			    error) < 0)
		return NULL;
	return &index->list[index->count++];
}

int queue_index_add(struct queue_index *index, uint32_t id, uint64_t offset, uint64_t end,
		    struct pimg_error *error)
{
	struct queue_index_row *last = index->count ? &index->list[index->count - 1] : NULL;

	if (index->too_many)
		return 0;
	if (last && last->id == id && last->offset + last->length == offset) {
		last->length = end - last->offset;
		return 0;
	}
	if (index->count == ROWS_MAX) {
		queue_index_release(index);
		index->too_many = true;
		return 0;
	}
	last = add_row(index, error);
	if (!last)
		return -1;
	*last = (struct queue_index_row){id, offset, end - offset};
	return 0;
}

bool queue_index_equal(const struct queue_index *a, const struct queue_index *b)
{
	for (size_t i = 0; a->count == b->count && i < a->count; i++) {
		if (a->list[i].id != b->list[i].id || a->list[i].offset != b->list[i].offset ||
		    a->list[i].length != b->list[i].length)
			return false;
	}
	return a->count == b->count;
}

void queue_index_release(struct queue_index *index)
{
	free(index->list);
	*index = (struct queue_index){0};
}

/* ---- the index in a file ---- */

int queue_index_write(const struct queue_index *index, struct sink *to, struct pimg_error *error)
{
	size_t length = HEAD_BYTES + index->count * ROW_BYTES;
	_cleanup_free_ uint8_t *bytes = malloc(length + HASH_BYTES);

	if (!bytes)
		return error_memory(error);
	if (index->too_many)
		return 0;
	store_le32(bytes, INDEX_VERSION);
	store_le32(bytes + 4, (uint32_t)index->count);
	for (size_t i = 0; i < index->count; i++) {
		uint8_t *row = bytes + HEAD_BYTES + i * ROW_BYTES;

		store_le32(row, index->list[i].id);
		store_le64(row + 4, index->list[i].offset);
		store_le64(row + 12, index->list[i].length);
	}
	store_le64(bytes + length, XXH64(bytes, length, 0));
	return sink_write_skippable(to, QUEUE_INDEX_MAGIC, bytes, length + HASH_BYTES, error);
}

/*
 * Each row must follow the previous one, as they are written: otherwise a few rows could repeat each other
 * and have the same records read without end.
 */
static bool follows(const struct queue_index_row *row, uint64_t end)
{
	return row->offset >= end && row->length <= UINT64_MAX - row->offset;
}

static int take_rows(struct queue_index *index, const uint8_t *bytes, size_t length,
		     struct pimg_error *error)
{
	uint64_t end = 0;
	size_t count = length < HEAD_BYTES + HASH_BYTES ? 0 : load_le32(bytes + 4);

	if (length < HEAD_BYTES + HASH_BYTES || load_le32(bytes) != INDEX_VERSION ||
	    count != (length - HEAD_BYTES - HASH_BYTES) / ROW_BYTES ||
	    load_le64(bytes + length - HASH_BYTES) != XXH64(bytes, length - HASH_BYTES, 0)) {
		index->damaged = true;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		const uint8_t *at = bytes + HEAD_BYTES + i * ROW_BYTES;
		struct queue_index_row *row = add_row(index, error);

		if (!row)
			return -1;
		*row = (struct queue_index_row){load_le32(at), load_le64(at + 4),
						load_le64(at + 12)};
		if (!follows(row, end)) {
			index->damaged = true;
			return 0;
		}
		end = row->offset + row->length;
	}
	return 1;
}

int queue_index_read(struct queue_index *index, struct source *source, struct pimg_error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t length;
	int result =
		seekable_skippable(source, QUEUE_INDEX_MAGIC, BYTES_MAX, &bytes, &length, error);

	return result > 0 ? take_rows(index, bytes, length, error) : result;
}
