/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of an image file while it is converted. */
#ifndef LIBIMG_CONVERT_WORK_H
#define LIBIMG_CONVERT_WORK_H

#include "format/queue-index.h"
#include "image/cursor.h"
#include "image/image.h"
#include "io/sink/sink.h"
#include "pipe-data.pb-c.h"
#include "queue/framing.h"

/*
 * An image file while it is converted into another. A cursor passes over each queue, and its records are
 * rewritten. Fields that no layout of ours has (of a later CRIU) are copied byte for byte.
 */
struct convert {
	struct pimg_image *from;
	struct sink *to;
	const struct pimg_convert_options *options;
	enum pimg_type type;
	struct image_head head; /* of what is written */
	bool has_layout;	/* else records are copied as they are */
	enum pimg_layout layout;
	uint32_t written; /* queues */
	uint64_t packets; /* of the queue that was written last */

	/* Where boundaries are taken from, and the queue of it that is walked along. */
	struct pimg_image *boundaries;
	struct cursor reference;
	struct framing_rule rule; /* of the queue that is walked along, if it has one */

	/* Of the records read since the last that was written: what must not be lost. */
	uint8_t *unknown; /* fields, one after another */
	size_t unknown_length, unknown_room;
	PipeOrigin *origin;
	uint8_t *origin_bytes; /* as it was encoded */
	uint32_t origin_length;

	struct queue_index index; /* where queues are in what is written */

	bool in_record; /* what was written last is not all of one */

	/* The record that is copied as it is. */
	struct checksum checksum;
	uint32_t copied_id;
	uint64_t copied_offset; /* in what is written */

	const struct pimg_progress *progress;
	uint64_t reported; /* of the source */
};

/* Frees what the struct holds. */
void convert_release(struct convert *convert);
/* Reports how far the source was read. Returns 0, or -1 where the work is to stop. */
int convert_report_progress(struct convert *convert, const struct source *source,
			    struct pimg_error *error);

/* Forgets the origin that was read last. */
void convert_drop_origin(struct convert *convert);

#endif
