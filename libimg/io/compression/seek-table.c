// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/seek-table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/byte-order.h"
#include "base/error.h"

void skippable_header(uint8_t *header, uint32_t magic, uint32_t content_bytes)
{
	store_le32(header, magic);
	store_le32(header + 4, content_bytes);
}

/* Returns where the next length bytes go. */
static uint8_t *append(struct seek_table *table, size_t length, struct pimg_error *error)
{
	uint8_t *bytes;

	if (!table->length)
		table->length = SKIPPABLE_HEADER_BYTES;
	if (table->capacity - table->length < length || !table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : 4096;

		bytes = realloc(table->bytes, capacity);
		if (!bytes) {
			error_memory(error);
			return NULL;
		}
		table->bytes = bytes;
		table->capacity = capacity;
	}
	bytes = table->bytes + table->length;
	table->length += length;
	return bytes;
}

int seek_table_add(struct seek_table *table, uint32_t compressed_bytes, uint32_t content_bytes,
		   uint32_t checksum, struct pimg_error *error)
{
	uint8_t *row;

	if (table->frames == SEEK_TABLE_FRAMES_MAX)
		return error_refused(error, EFBIG,
				     "too many zstd frames; the seek table has room for %u",
				     SEEK_TABLE_FRAMES_MAX);
	row = append(table, SEEK_TABLE_ROW_BYTES, error);
	if (!row)
		return -1;
	store_le32(row, compressed_bytes);
	store_le32(row + 4, content_bytes);
	store_le32(row + 8, checksum);
	table->frames++;
	return 0;
}

int seek_table_finish(struct seek_table *table, struct pimg_error *error)
{
	uint8_t *footer = append(table, SEEK_TABLE_FOOTER_BYTES, error);

	if (!footer)
		return -1;
	store_le32(footer, table->frames);
	footer[4] = SEEK_TABLE_WITH_CHECKSUMS;
	store_le32(footer + 5, SEEK_TABLE_FOOTER_MAGIC);
	skippable_header(table->bytes, SEEK_TABLE_MAGIC,
			 (uint32_t)(table->length - SKIPPABLE_HEADER_BYTES));
	return 0;
}

void seek_table_free(struct seek_table *table)
{
	free(table->bytes);
}
