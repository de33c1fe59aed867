/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nameless temporary files, which disappear with their descriptor. Small ones are in memory, so that small
 * images need no writable directory; larger ones are in TMPDIR, or in /tmp.
 */
#ifndef LIBIMG_IO_SOURCE_NAMELESS_H
#define LIBIMG_IO_SOURCE_NAMELESS_H

#include <stddef.h>
#include <stdint.h>

#include "pipeimg.h"

/* The most that one such file keeps in memory; several together stay far below the documented limit. */
#define NAMELESS_IN_MEMORY_BYTES (4U << 20)

struct nameless {
	int fd; /* or -1 */
	bool in_memory;
};

/* Returns 0, or -1. */
int nameless_open(struct nameless *file, struct pimg_error *error);
/*
 * To be called before the file grows: a file in memory moves to a directory when it becomes too large, and
 * then has another descriptor, at the same offset.
 * @length: that it will have
 */
int nameless_make_room(struct nameless *file, uint64_t length, struct pimg_error *error);

#endif
