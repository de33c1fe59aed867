/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that give the boundaries of packets back, where only their bytes were kept. */
#ifndef LIBIMG_QUEUE_FRAMING_H
#define LIBIMG_QUEUE_FRAMING_H

#include "pipeimg.h"

/* A rule that was parsed. */
struct framing_rule {
	unsigned number; /* for pimg_frame_rule() */
	/* Its arguments. */
	uint32_t length; /* of packets, or of the delimiter */
	int32_t added;
	uint8_t delimiter[64];
	char text[80]; /* as it was written */
};

/* Returns 0, or -1 (PIMG_USAGE). */
int framing_parse(const char *text, struct framing_rule *rule, struct pimg_error *error);

/*
 * No packet is longer: the largest page of the machines that CRIU runs on. Where the page of the
 * machine is known, it is that.
 */
#define FRAME_PACKET_MAX 65536U

/* What the machine allowed on which the packets were written. */
struct frame_limits {
	uint32_t longest; /* packet */
	uint32_t page;	  /* into which it split longer writes */
};

/* By the page that the origin of a queue has; else any page is allowed, and 4096 bytes are likely. */
struct frame_limits frame_limits_of(const struct pimg_origin *origin);

/*
 * The length of the packet that begins at data.
 * @there: bytes at data, FRAME_PACKET_MAX or all that are left
 * @left: bytes up to the end of the stream run
 * Returns the length, no more than left, or -1 where the rule does not fit.
 */
int64_t frame_next(const struct framing_rule *frame, const uint8_t *data, size_t there,
		   uint64_t left, const struct frame_limits *limits, struct pimg_error *error);

/*
 * The bytes that the list of a queue's chunks may take in its record (see layout.c), with room for its ends and
 * the rest. They are counted before a queue is built of them.
 */
#define FRAME_LIST_BYTES_MAX (7U * 1024 * 1024 - 4096)

#endif
