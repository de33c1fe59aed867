/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the output of parallel work in order of its numbers, from 0. Each number must be ended. */
#ifndef TOOLS_COMMANDS_VERIFY_TURNS_H
#define TOOLS_COMMANDS_VERIFY_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "pipeimg.h"

/* True if it is the turn of this number. */
bool turns_are_at(size_t number);
void turns_wait(size_t number);

/* The output of a turn. */
struct turn {
	char *text; /* on standard output, or null; freed */
	size_t length;
	bool has_row;		    /* of the table; the first row is preceded by the head */
	struct pimg_error *failure; /* on standard error, or null; freed */
};

/* Ends a number: prints its output immediately or in its turn. Waits if too much is buffered. */
void turns_end(size_t number, struct turn turn);

#endif
