/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layouts: how the chunks of a queue become records. */
#ifndef LIBIMG_FORMAT_LAYOUT_H
#define LIBIMG_FORMAT_LAYOUT_H

#include "io/sink.h"
#include "pipeimg.h"

/*
 * Writes the records of one queue.
 * @image_queues: for the first queue of an image, how many it will hold, if that is known; else 0
 */
int layout_write(struct sink *sink, enum pimg_layout layout, const struct pimg_queue *queue,
		 uint32_t image_queues, struct pimg_error *error);

#endif
