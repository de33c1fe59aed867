/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one look at the pipes of this machine's processes has found. */
#ifndef TUI_DATA_LIVE_LOOK_H
#define TUI_DATA_LIVE_LOOK_H

#include "pipeimg.h"

/* How a pipe is, in the order in which they want to be seen. */
enum live_state {
	LIVE_STUCK, /* full, and a writer waits as it did in the look before */
	LIVE_FULL,
	LIVE_HALTED,  /* nobody waits, and all who read it, or all who write to it, do not run */
	LIVE_UNREAD,  /* there are bytes in it */
	LIVE_AWAITED, /* empty, and a reader waits */
	LIVE_EMPTY,
	LIVE_UNKNOWN, /* nobody may ask */
	LIVE_PRIVATE, /* empty, and one process keeps it to itself: how it wakes itself up */
	LIVE_STATE_COUNT
};

#define LIVE_WAITS 4 /* kept of a pipe */

struct live_pipe {
	const struct pimg_live_pipe *found;
	bool fill_known;
	struct pimg_fill fill;
	char *unknown;	   /* why the fill is not known, or null */
	size_t wait_count; /* no more than LIVE_WAITS */
	struct pimg_wait waits[LIVE_WAITS];
	enum live_state state;
	const struct pimg_halt *halt; /* of LIVE_HALTED: why the first of them does not run */
	/* With the same writer waiting, as far as was seen; by screen_now_ns(). */
	uint64_t full_since_ns;
	bool full_before; /* then already, for nobody had looked just before */
};

/* A look. Pipes are in the order of pimg_live_pipe(), and have its indexes. */
struct live_look {
	struct pimg_live *live;
	struct live_pipe *pipes;
	size_t count, asked; /* of them, how full they are */
	size_t states[LIVE_STATE_COUNT];
};

#endif
