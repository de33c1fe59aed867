/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one pipe, for pipeimg list. */
#ifndef TOOLS_COMMANDS_LIST_LOOK_H
#define TOOLS_COMMANDS_LIST_LOOK_H

#include "pipeimg.h"

#define WAITS_SHOWN 64

struct row {
	struct pimg_live *live;
	const struct pimg_live_pipe *pipe;
	struct pimg_fill fill;
	bool fill_known;
	struct pimg_error fill_error; /* if the fill level is unknown */
	bool content_known;	      /* mode and packets */
	struct pimg_error content_error;
	enum pimg_mode mode;
	size_t packets;
	struct pimg_wait waits[WAITS_SHOWN];
	size_t wait_count; /* at most WAITS_SHOWN */
};

/* Collects the whole row. */
void row_look_at(struct row *row, struct pimg_live *live, size_t index);
/* True for an empty pipe that only one process has open: usually a self-pipe, and of no interest. */
bool row_is_private(const struct row *row);
/*
 * Why the process of an end is not running; null except for the first end of the process.
 * @end: index into the ends of the pipe
 */
const struct pimg_halt *row_halt(const struct row *row, size_t end);

#endif
