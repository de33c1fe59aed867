/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of a dump, and their descriptors of queues. */
#ifndef TOOLS_COMMANDS_SHOW_PROCESSES_H
#define TOOLS_COMMANDS_SHOW_PROCESSES_H

#include "commands/show-pieces.h"

/* Prints all processes as text, or as the elements of an open array of JSON. */
void show_processes(struct show *show);

#endif
