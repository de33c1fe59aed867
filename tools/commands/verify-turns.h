/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints what is made in parallel in the order of its numbers, from 0. Each number must come to an end. */
#ifndef TOOLS_COMMANDS_VERIFY_TURNS_H
#define TOOLS_COMMANDS_VERIFY_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "pipeimg.h"

/* True while it is this number's turn to be seen. */
bool turns_are_at(size_t number);
void turns_wait(size_t number);

/* What is printed at a turn. */
struct turn {
	char *text; /* on standard output, or null; freed */
	size_t length;
	bool has_row;		    /* of the table, whose head comes before the first */
	struct pimg_error *failure; /* on standard error, or null; freed */
};

/* Ends a number: it is printed now, or once it is due. Waits where too much is kept already. */
void turns_end(size_t number, struct turn turn);

#endif
