/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions on queues that the rest of the library needs beyond pipeimg.h. */
#ifndef LIBIMG_QUEUE_QUEUE_H
#define LIBIMG_QUEUE_QUEUE_H

#include "pipeimg.h"

/*
 * Makes room for length bytes. The caller fills them and then calls queue_adopt().
 * Returns where they go, or null if memory is short.
 */
uint8_t *queue_reserve(struct pimg_queue *queue, size_t length, struct pimg_error *error);

/* Like pimg_queue_append(), for the next length bytes of the reserved room. */
int queue_adopt(struct pimg_queue *queue, enum pimg_kind kind, size_t length,
		struct pimg_error *error);

/*
 * An empty queue with the type, id, capacity, origin and ends of another. Returns null if memory is short.
 */
struct pimg_queue *queue_new_like(const struct pimg_queue *queue, struct pimg_error *error);

/* Whether the access mode of the end is known: for some FIFOs, no image has it. */
bool queue_end_is_known(const struct pimg_end *end);
/* The mode of a queue with this many chunks, of which this many are packets. */
enum pimg_mode queue_mode(size_t chunks, size_t packets);

#endif
