// SPDX-License-Identifier: GPL-2.0-or-later
#include "paint/strip.h"

#include <string.h>

void strip_clear(struct strip *strip)
{
	memset(strip, 0, sizeof(*strip));
	strip->per_bin = 1;
}

static void merge(struct strip_bin *into, const struct strip_bin *bin)
{
	if (bin->highest > into->highest)
		into->highest = bin->highest;
	into->has_packet |= bin->has_packet;
	into->has_stream |= bin->has_stream;
}

/* Merges pairs of bins, which frees the second half. */
static void halve(struct strip *strip)
{
	for (size_t i = 0; i < STRIP_BINS / 2; i++) {
		struct strip_bin bin = strip->bins[2 * i];

		merge(&bin, &strip->bins[2 * i + 1]);
		strip->bins[i] = bin;
	}
	memset(strip->bins + STRIP_BINS / 2, 0, sizeof(strip->bins) / 2);
	strip->per_bin *= 2;
}

void strip_add(struct strip *strip, uint32_t length, bool is_packet)
{
	struct strip_bin bin = {length, is_packet, !is_packet};

	if (strip->count / strip->per_bin == STRIP_BINS)
		halve(strip);
	merge(&strip->bins[strip->count / strip->per_bin], &bin);
	if (length > strip->highest)
		strip->highest = length;
	strip->count++;
}

static size_t bins_used(const struct strip *strip)
{
	return strip->count ? (strip->count - 1) / strip->per_bin + 1 : 0;
}

size_t strip_columns(const struct strip *strip, size_t columns)
{
	size_t used = bins_used(strip);

	return used < columns ? used : columns;
}

struct strip_bin strip_column(const struct strip *strip, size_t column, size_t columns)
{
	size_t used = bins_used(strip);
	size_t first = column * used / columns, end = (column + 1) * used / columns;
	struct strip_bin all = strip->bins[first];

	for (size_t i = first + 1; i < end; i++)
		merge(&all, &strip->bins[i]);
	return all;
}

size_t strip_column_of(const struct strip *strip, size_t chunk, size_t columns)
{
	size_t used = bins_used(strip), bin = chunk / strip->per_bin;

	/* The first column that ends after the bin. */
	return used ? ((bin + 1) * columns - 1) / used : 0;
}

unsigned strip_eighths(const struct strip *strip, uint32_t length, unsigned rows)
{
	uint64_t full = (uint64_t)rows * 8;

	if (!length)
		return 0;
	return (unsigned)((length * full + strip->highest - 1) / strip->highest);
}
