/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal browser, as the subcommand sees it. */
#ifndef TUI_BROWSE_H
#define TUI_BROWSE_H

#include "pipeimg.h"

struct browse_options {
	const char *image; /* as for pimg_image_open() */
	const char *dump;  /* the path of one of several dumps, to open it immediately; or null */
	bool live;	   /* pipes of running processes instead of an image */
	bool color;
	bool has_pipe; /* open this queue immediately */
	uint32_t pipe;
};

/*
 * Runs until the user quits. The locale must be set.
 * Returns 0, or -1 if it cannot start or was interrupted by a signal.
 */
int browse_run(const struct browse_options *options, struct pimg_error *error);

#endif
