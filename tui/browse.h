/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal browser: all of it that the subcommand knows. */
#ifndef TUI_BROWSE_H
#define TUI_BROWSE_H

#include "pipeimg.h"

struct browse_options {
	const char *image; /* as of pimg_image_open() */
	bool live;	   /* pipes of running processes, in place of an image */
	bool color;
	bool has_pipe; /* open this queue at once */
	uint32_t pipe;
};

/*
 * Runs until the user leaves. The locale is set already.
 * Returns 0, or -1 where it cannot begin, or was interrupted by a signal.
 */
int browse_run(const struct browse_options *options, struct pimg_error *error);

#endif
