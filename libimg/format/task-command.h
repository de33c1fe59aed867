/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a process, from the memory in a dump. */
#ifndef LIBIMG_FORMAT_TASK_COMMAND_H
#define LIBIMG_FORMAT_TASK_COMMAND_H

#include "io/archive/folder.h"

/* The kernel limits only the arguments of all processes together; more than this is cut. */
#define TASK_COMMAND_MAX 4096
/* Of all processes: their images can be links to one large file. */
#define TASK_ENTRIES_MAX (1U << 24)

/*
 * Reads the arguments of a process, each with its terminator. Only a directory on a disk has its memory at hand;
 * in an archive, it would have to be read through. Memory in the parent of an incremental dump is not found.
 * @entries_left: how many more entries of pagemap images are read; reduced by those that were read
 * Returns their length in bytes, or 0 if they are not found, for whatever reason: they are only for display.
 */
size_t task_command_read(struct folder *folder, uint32_t pid, uint32_t *entries_left,
			 char command[TASK_COMMAND_MAX]);

#endif
