/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lengths of a queue's chunks as a strip of columns. Each column represents a range of chunks and shows
 * the longest of them, so that one long chunk is visible among millions. The memory used does not depend
 * on the number of chunks.
 */
#ifndef TUI_PAINT_STRIP_H
#define TUI_PAINT_STRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRIP_BINS 2048

struct strip {
	size_t count; /* chunks added */
	size_t per_bin;
	uint32_t highest;
	struct strip_bin {
		uint32_t highest;
		bool has_packet, has_stream;
	} bins[STRIP_BINS];
};

void strip_clear(struct strip *strip);
void strip_add(struct strip *strip, uint32_t length, bool is_packet);

/* How many of the available columns are needed. */
size_t strip_columns(const struct strip *strip, size_t columns);
/* The range of a column. @columns: from strip_columns() */
struct strip_bin strip_column(const struct strip *strip, size_t column, size_t columns);
/* The column that contains a chunk. */
size_t strip_column_of(const struct strip *strip, size_t chunk, size_t columns);
/*
 * How much of a column of that many rows is filled, in eighths of a row: at least one if length is not 0.
 */
unsigned strip_eighths(const struct strip *strip, uint32_t length, unsigned rows);

#endif
