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

struct model;
struct place;

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
 * @place: the queue and the chunk; where it is in there, and how long, is set when it is found
 */
enum scan_result scan_step(struct scan *scan, struct model *model, const struct pattern *pattern,
			   struct place *place);

#endif
