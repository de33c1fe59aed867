/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container of all CRIU images: magic, then records of u32 length, message, payload. */
#ifndef LIBIMG_FORMAT_RECORD_H
#define LIBIMG_FORMAT_RECORD_H

#include "format/magic.h"
#include "io/sink/sink.h"
#include "io/source/source.h"

/*
 * The longest message that is accepted. The longest useful one lists the chunks of a pipe with a capacity
 * of 2^31 bytes: half a million slots, with up to three bytes each.
 */
#define RECORD_MESSAGE_MAX (8U * 1024 * 1024)

/*
 * The longest message that is passed to protobuf-c, whose memory can be fifty times as large as its input:
 * an origin with 30 000 ends. CRIU's own messages have a few kilobytes.
 */
#define DECODED_MESSAGE_MAX (1024U * 1024)

struct record_reader {
	struct source *source;
	struct image_head head;
	uint64_t number; /* of the record read last, from 1 */
};

struct record {
	uint64_t number;
	uint64_t offset;	/* of its length word in the file */
	const uint8_t *message; /* valid until the source is used again */
	uint32_t message_length;
};

/* Starts reading an image. The source stays the caller's. */
int record_reader_start(struct record_reader *reader, struct source *source,
			struct pimg_error *error);

/*
 * Reads the next record's message; the source is then at the payload, which the caller must consume.
 * Returns 1, 0 at the end of the image, or -1 with file, record and offset in error.
 */
int record_next(struct record_reader *reader, struct record *record, struct pimg_error *error);

/* Adds file, record and offset to error. Returns -1. */
int record_error(const struct record_reader *reader, const struct record *record,
		 struct pimg_error *error);

#endif
