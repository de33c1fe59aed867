/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which queue of an image a command works on, where it needs one. */
#ifndef TOOLS_SHARED_CHOICE_H
#define TOOLS_SHARED_CHOICE_H

#include "pipeimg.h"

struct choice {
	const struct pimg_image *image;
	bool has_id;
	uint64_t id;  /* given with --pipe */
	bool sockets; /* queues of sockets count too */
};

/*
 * Finds the queue of that id; without one the only queue, or the only one that has unread data, which a
 * notice then names.
 * Returns 0, or the exit status after listing the candidates.
 */
int choose_queue(const struct choice *choice, size_t *queue);

/*
 * For a command that writes all of them one after another: a notice names the only one that has unread data,
 * or lists those that have.
 */
void note_joined(const struct choice *choice);

#endif
