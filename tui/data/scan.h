/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for a pattern in the bytes of a chunk, which can be 4 GiB long: piece by piece, so that a key
 * can come between two of them.
 */
#ifndef TUI_DATA_SCAN_H
#define TUI_DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/pattern.h"

/* What is looked at: a chunk. */
struct scan_chunk {
	uint32_t length;
	/* Reads from an offset on. Returns how many bytes, 0 if they cannot be read. */
	size_t (*read)(void *context, uint32_t offset, void *buffer, size_t size);
	void *context;
};

/* All zeros at first. */
struct scan {
	bool backward;
	uint64_t at;	 /* where a match may begin from here on, or, backward, before which */
	size_t piece;	 /* bytes that take about a millisecond; 0: not known yet */
	bool unreadable; /* some of the bytes since the beginning could not be read */
};

enum scan_result {
	SCAN_MORE,
	SCAN_FOUND,
	SCAN_NOTHING, /* up to the end of the chunk, or its beginning */
};

/* At the first byte of a chunk, or behind its last. How fast it is, and what was unreadable, stays. */
void scan_enter(struct scan *scan);

/*
 * Looks at a piece, for about a millisecond.
 * @match: set when it is found: where it is in the chunk
 */
enum scan_result scan_step(struct scan *scan, const struct pattern *pattern,
			   const struct scan_chunk *chunk, struct match *match);

#endif
