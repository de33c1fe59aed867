/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches the bytes of a chunk, which can be 4 GiB long, for a pattern: in pieces, so that keys are
 * answered in between.
 */
#ifndef TUI_DATA_SCAN_H
#define TUI_DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/pattern.h"

/* The chunk to search. */
struct scan_chunk {
	uint32_t length;
	/* Reads from an offset. Returns how many bytes were read, 0 if they cannot be read. */
	size_t (*read)(void *context, uint32_t offset, void *buffer, size_t size);
	void *context;
};

/* All zeros at first. */
struct scan {
	bool backward;
	uint64_t at;	 /* a match may begin here or later; backward: before this */
	size_t piece;	 /* bytes that take about a millisecond; 0: not known yet */
	bool unreadable; /* some bytes of the search could not be read */
};

enum scan_result {
	SCAN_MORE,
	SCAN_FOUND,
	SCAN_NOTHING, /* to the end of the chunk, or to its beginning */
};

/* Moves to the start of a chunk, or backward to its end. Keeps the speed and the unreadable flag. */
void scan_enter(struct scan *scan);

/*
 * Searches a piece, for about a millisecond.
 * @match: if found, set to its position in the chunk
 */
enum scan_result scan_step(struct scan *scan, const struct pattern *pattern,
			   const struct scan_chunk *chunk, struct match *match);

#endif
