/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pipes of this machine's processes, looked at again every second, or
 * less often where that would cost too much. A look is taken in steps between
 * keys, beside the one that is shown, and takes its place when it is complete.
 */
#ifndef TUI_DATA_LIVE_PIPES_H
#define TUI_DATA_LIVE_PIPES_H

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

struct live {
	struct live_look *shown; /* complete; null before the first one is */
	struct live_look *next;	 /* being taken, or null */
	unsigned generation;	 /* of shown */
	uint64_t begun_ns, due_ns;
	uint64_t cost_ns; /* of next, so far */
	bool paused;
	bool goes_on; /* nothing was missed between shown and next: there was no pause */
	bool has_failed;
	struct pimg_error failure;
};

struct live *live_new(void);
void live_free(struct live *live);

/* Some milliseconds of a look that is due. Returns whether there is more to do at once. */
bool live_step(struct live *live);
/* Milliseconds until the next one is due, or -1 for never. */
int live_wait(const struct live *live);
/* Makes one due now, also while paused. */
void live_refresh(struct live *live);
void live_pause(struct live *live, bool paused);

/* What identifies a pipe from one look to the next. */
struct live_identity {
	enum pimg_type type;
	uint64_t device, inode;
};

struct live_identity live_identity_of(const struct live_pipe *pipe);
/* The index of a pipe in a look, or SIZE_MAX. */
size_t live_find(const struct live_look *look, const struct live_identity *identity);
/*
 * A pipe with that id, or SIZE_MAX. FIFOs of several file systems can have the same.
 * @before: one of them, after which the next is wanted, the first after the last; or SIZE_MAX
 * @count: set to how many there are
 */
size_t live_find_id(const struct live_look *look, uint64_t id, size_t before, size_t *count);

#endif
