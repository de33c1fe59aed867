/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option --frame of the commands that find boundaries. */
#ifndef TOOLS_SHARED_FRAMES_H
#define TOOLS_SHARED_FRAMES_H

#include "shared/options.h"

struct frames {
	struct pimg_frame_choice *choices;
	size_t count;
	bool for_all; /* a rule for all pipes was given */
	bool automatic;
};

/*
 * Parses one argument of --frame; "help" prints the rules and ends the program.
 * Returns 0, or an exit status after printing an error.
 */
int frames_take(struct frames *frames, const struct command *command, const char *text);
void frames_release(struct frames *frames);

/* Prints the rules, one per line. */
void frames_print_rules(void);

#endif
