/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of the conversion of an image file. */
#ifndef LIBIMG_CONVERT_WORK_H
#define LIBIMG_CONVERT_WORK_H

#include "format/queue-index.h"
#include "image/cursor.h"
#include "image/image.h"
#include "io/sink/sink.h"
#include "pipe-data.pb-c.h"
#include "queue/framing.h"

/*
 * The conversion of an image file. A cursor reads each queue, and its records are rewritten. Unknown fields
 * (of a later CRIU) are copied byte for byte.
 */
struct convert {
	struct pimg_image *from;
	struct sink *to;
	const struct pimg_convert_options *options;
	enum pimg_type type;
	struct image_head head; /* of the output */
	bool has_layout;	/* otherwise records are copied unchanged */
	enum pimg_layout layout;
	uint32_t written; /* queues */
	uint64_t packets; /* of the last queue written */

	/* The image that boundaries come from, and its queue that is read in parallel. */
	struct pimg_image *boundaries;
	struct cursor reference;
	struct framing_rule rule; /* of the queue that is read, if it has one */

	/* Fields to copy from the records read since the last one written. */
	uint8_t *unknown; /* fields, one after another */
	size_t unknown_length, unknown_room;
	PipeOrigin *origin;
	uint8_t *origin_bytes; /* as encoded in the input */
	uint32_t origin_length;

	struct queue_index index; /* positions of queues in the output */

	bool in_record; /* the last record written is incomplete */
	bool silent;	/* no queue is reported */

	/* The record that is copied unchanged. */
	struct checksum checksum;
	uint32_t copied_id;
	uint64_t copied_offset; /* in the output */

	const struct pimg_progress *progress;
	uint64_t reported; /* of the source */
};

/* Frees what the struct owns. */
void convert_release(struct convert *convert);
/* Reports how far the source was read. Returns 0, or -1 to stop. */
int convert_report_progress(struct convert *convert, const struct source *source,
			    struct pimg_error *error);

/* Forgets the origin that was read last. */
void convert_drop_origin(struct convert *convert);

#endif
