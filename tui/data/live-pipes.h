/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pipes of this machine's processes, refreshed every second, or less often
 * if that would cost too much. A look is taken in steps between keys. It replaces
 * the look that is shown when it is complete.
 */
#ifndef TUI_DATA_LIVE_PIPES_H
#define TUI_DATA_LIVE_PIPES_H

#include "data/live-look.h"

struct live {
	struct live_look *shown; /* complete; null until the first look is */
	struct live_look *next;	 /* being taken, or null */
	unsigned generation;	 /* of shown */
	uint64_t begun_ns, due_ns;
	uint64_t cost_ns; /* of next, so far */
	bool paused;
	bool goes_on; /* there was no pause between shown and next */
	bool has_failed;
	struct pimg_error failure;
};

struct live *live_new(void);
void live_free(struct live *live);

/* Works on a due look for some milliseconds. Returns whether there is more to do immediately. */
bool live_step(struct live *live);
/* Milliseconds until the next look is due, or -1 for never. */
int live_wait(const struct live *live);
/* Makes a look due now, even while paused. */
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
 * Finds a pipe with that id, or returns SIZE_MAX. FIFOs on different file systems can have the same id.
 * @before: one of them, to get the next, or the first after the last; or SIZE_MAX
 * @count: set to how many there are
 */
size_t live_find_id(const struct live_look *look, uint64_t id, size_t before, size_t *count);

#endif
