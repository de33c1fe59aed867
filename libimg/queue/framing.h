/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that recover packet boundaries if only the bytes were kept. */
#ifndef LIBIMG_QUEUE_FRAMING_H
#define LIBIMG_QUEUE_FRAMING_H

#include "pipeimg.h"

/* A parsed rule. */
struct framing_rule {
	unsigned number; /* for pimg_frame_rule() */
	/* Its arguments. */
	uint32_t length; /* of packets, or of the delimiter */
	int32_t added;
	uint8_t delimiter[64];
	char text[80]; /* as the user wrote it */
};

/* Returns 0, or -1 (PIMG_USAGE). */
int framing_parse(const char *text, struct framing_rule *rule, struct pimg_error *error);

/*
 * No packet is longer: this is the largest page of the machines that CRIU runs on. If the machine's page
 * size is known, that is the limit.
 */
#define FRAME_PACKET_MAX 65536U

/* Limits of the machine on which the packets were written. */
struct frame_limits {
	uint32_t longest; /* packet */
	uint32_t page;	  /* size into which it split longer writes */
};

/*
 * From the page size in a queue's origin; without one, any page size is allowed, and 4096 bytes are
 * assumed.
 */
struct frame_limits frame_limits_of(const struct pimg_origin *origin);

/*
 * Refuses more packets than the pipe has slots, each of which takes a page of the capacity.
 * @from: where the packets come from, for the message
 * @capacity: in bytes; 0 if it is unknown
 */
int frame_check_slots(const char *from, uint64_t packets, uint32_t capacity,
		      const struct frame_limits *limits, struct pimg_error *error);

/*
 * The length of the packet that begins at data.
 * @there: bytes at data: FRAME_PACKET_MAX, or fewer if fewer are left
 * @left: bytes up to the end of the stream run
 * Returns the length, no more than left, or -1 if the rule does not fit.
 */
int64_t frame_next(const struct framing_rule *frame, const uint8_t *data, size_t there,
		   uint64_t left, const struct frame_limits *limits, struct pimg_error *error);

/*
 * Bytes that a queue's chunk list may take in its record (see layout.c), with room for the ends and the
 * rest. They are counted before a queue is built.
 */
#define FRAME_LIST_BYTES_MAX (7U * 1024 * 1024 - 4096)

#endif
