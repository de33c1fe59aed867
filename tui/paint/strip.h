/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lengths of a queue's chunks as a strip of columns, so that one that is longer than the others is
 * seen among millions: each column stands for a range of chunks, and shows the longest of them.
 * Takes the same memory however many there are.
 */
#ifndef TUI_PAINT_STRIP_H
#define TUI_PAINT_STRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRIP_BINS 2048

struct strip {
	size_t count; /* of chunks added */
	size_t per_bin;
	uint32_t highest;
	struct strip_bin {
		uint32_t highest;
		bool has_packet, has_stream;
	} bins[STRIP_BINS];
};

void strip_clear(struct strip *strip);
void strip_add(struct strip *strip, uint32_t length, bool is_packet);

/* How many columns of so many are needed. */
size_t strip_columns(const struct strip *strip, size_t columns);
/* What a column of so many, as strip_columns() says, stands for. */
struct strip_bin strip_column(const struct strip *strip, size_t column, size_t columns);
/* The column that has a chunk. */
size_t strip_column_of(const struct strip *strip, size_t chunk, size_t columns);
/*
 * How much of a column of so many rows is filled, in eighths of a row: at least one if there is a byte.
 */
unsigned strip_eighths(const struct strip *strip, uint32_t length, unsigned rows);

#endif
