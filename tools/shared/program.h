/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs pipeimg and pipeimg-browse do first and last. */
#ifndef TOOLS_SHARED_PROGRAM_H
#define TOOLS_SHARED_PROGRAM_H

#include "shared/options.h"

/* Opens descriptors 0 to 2 if they are closed, and sets the locale's character set. */
void program_start(void);
/* Runs a command; argv[0] is its name. Returns the program's exit status, or ends by the signal that arrived. */
int program_run(const struct command *command, int argc, char **argv);

#endif
