/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one look at the pipes of this machine's processes found. */
#ifndef TUI_DATA_LIVE_LOOK_H
#define TUI_DATA_LIVE_LOOK_H

#include "pipeimg.h"

/* The state of a pipe, the most urgent first. */
enum live_state {
	LIVE_STUCK, /* full, and a writer has waited since the previous look */
	LIVE_FULL,
	LIVE_HALTED,  /* nobody waits, and no reader, or no writer, runs */
	LIVE_UNREAD,  /* there are bytes in it */
	LIVE_AWAITED, /* empty, and a reader waits */
	LIVE_EMPTY,
	LIVE_UNKNOWN, /* the fill level cannot be read */
	LIVE_PRIVATE, /* empty, and only one process has it open, to wake itself up */
	LIVE_STATE_COUNT
};

#define LIVE_WAITS 4 /* kept for each pipe */

struct live_pipe {
	const struct pimg_live_pipe *found;
	bool fill_known;
	struct pimg_fill fill;
	char *unknown;	   /* why the fill level is not known, or null */
	size_t wait_count; /* no more than LIVE_WAITS */
	struct pimg_wait waits[LIVE_WAITS];
	enum live_state state;
	const struct pimg_halt *halt; /* for LIVE_HALTED: why the first of them does not run */
	/* Since when the same writer has waited, as far as was seen; by screen_now_ns(). */
	uint64_t full_since_ns;
	bool full_before; /* it may have waited for longer: there was no look just before */
};

/* A look. Pipes have the order and the indexes of pimg_live_pipe(). */
struct live_look {
	struct pimg_live *live;
	struct live_pipe *pipes;
	size_t count, asked; /* asked: how many fill levels were read */
	size_t states[LIVE_STATE_COUNT];
};

#endif
