/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queues as a pcapng file, for Wireshark: draft-ietf-opsawg-pcapng. Each queue is an interface of
 * LINKTYPE_USER0, each chunk an enhanced packet block with a comment that says what it is.
 */
#ifndef LIBIMG_EXCHANGE_PCAPNG_H
#define LIBIMG_EXCHANGE_PCAPNG_H

#include "io/sink/sink.h"

/* The source of the payload of a chunk. */
struct pcapng_data {
	/* Sets data to the next bytes and returns their number: at most most, 0 at the end, or -1. */
	ssize_t (*next)(void *context, size_t most, const uint8_t **data, struct pimg_error *error);
	void *context;
};

struct pcapng_chunk {
	const struct pimg_queue_info *queue;
	uint64_t captured_at_ns; /* 0 if unknown */
	uint32_t interface;	 /* of the queue */
	uint64_t number;	 /* in the queue, from 1 */
	enum pimg_kind kind;
	uint64_t length;
};

/* Writes the beginning of a file. @image: its name */
int pcapng_write_section(struct sink *to, const char *image, struct pimg_error *error);
/* Interfaces are numbered from 0, in the order in which they are written. */
int pcapng_write_interface(struct sink *to, const struct pimg_queue_info *info,
			   struct pimg_error *error);
int pcapng_write_chunk(struct sink *to, const struct pcapng_chunk *chunk,
		       const struct pcapng_data *data, struct pimg_error *error);

#endif
