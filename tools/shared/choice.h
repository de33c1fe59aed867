/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selects the queue of an image that a command works on. */
#ifndef TOOLS_SHARED_CHOICE_H
#define TOOLS_SHARED_CHOICE_H

#include "pipeimg.h"

struct choice {
	const struct pimg_image *image;
	bool has_id;
	uint64_t id;  /* given with --pipe */
	bool sockets; /* include queues of sockets */
};

/*
 * Finds the queue with that id. Without an id, finds the only queue, or the only one with unread data, and
 * prints a notice that names it.
 * Returns 0, or an exit status after listing the candidates.
 */
int choose_queue(const struct choice *choice, size_t *queue);

/*
 * For a command that writes all queues one after another: prints a notice that lists the queues with unread
 * data.
 */
void note_joined(const struct choice *choice);

#endif
