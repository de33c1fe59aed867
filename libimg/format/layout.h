/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layouts: how the chunks of a queue become records. */
#ifndef LIBIMG_FORMAT_LAYOUT_H
#define LIBIMG_FORMAT_LAYOUT_H

#include "io/sink/sink.h"
#include "pipe-data.pb-c.h"
#include "pipeimg.h"

/* Returns 0, or -1 (PIMG_USAGE) for a value that is not a layout. */
int layout_check(enum pimg_layout layout, struct pimg_error *error);

/*
 * Writes the records of one queue.
 * @order: of the image
 * @image_queues: for the first queue of an image, the number of queues in the image, if it is known; else 0
 */
int layout_write(struct sink *sink, enum pimg_byte_order order, enum pimg_layout layout,
		 const struct pimg_queue *queue, uint32_t image_queues, struct pimg_error *error);

/* Unknown fields, as they were encoded, one after another. */
struct layout_extra {
	const uint8_t *fields;
	size_t length;
};

/*
 * Writes a record's length and message; the caller writes the payload. A message with a checksum of its
 * payload also gets a checksum of itself.
 * @extra: unknown fields to add; may be null
 */
int layout_write_head(struct sink *sink, enum pimg_byte_order order, const PipeDataEntry *entry,
		      const struct layout_extra *extra, struct pimg_error *error);
/* Writes a record's length and message without adding a checksum. */
int layout_write_message(struct sink *sink, enum pimg_byte_order order,
			 const ProtobufCMessage *message, const struct layout_extra *extra,
			 struct pimg_error *error);
/* Writes a record's length and message as it is. */
int layout_write_raw(struct sink *sink, enum pimg_byte_order order, const uint8_t *message,
		     uint32_t length, struct pimg_error *error);

#endif
