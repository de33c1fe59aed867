/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other parts of the library need of a queue beyond pipeimg.h. */
#ifndef LIBIMG_QUEUE_QUEUE_H
#define LIBIMG_QUEUE_QUEUE_H

#include "pipeimg.h"

/*
 * Makes room for length bytes, which the caller then fills and tells by queue_adopt().
 * Returns where they go, or null when memory is short.
 */
uint8_t *queue_reserve(struct pimg_queue *queue, size_t length, struct pimg_error *error);

/* As pimg_queue_append() for the next length bytes of what was reserved and filled. */
int queue_adopt(struct pimg_queue *queue, enum pimg_kind kind, size_t length,
		struct pimg_error *error);

/*
 * An empty queue with the type, id, capacity, origin and ends of another. Returns null when memory is
 * short.
 */
struct pimg_queue *queue_new_like(const struct pimg_queue *queue, struct pimg_error *error);

/* The mode of a queue with so many chunks, of which so many are packets. */
/* Whether it is known what its end is open for: of some FIFOs it stands in no image. */
bool queue_end_is_known(const struct pimg_end *end);
enum pimg_mode queue_mode(size_t chunks, size_t packets);

#endif
