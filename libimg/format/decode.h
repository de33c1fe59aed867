/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding of the messages that come in front of payloads.
 *
 * An image can hold millions of them, and most are three to five small integers, so they are read in
 * place, without the allocations of a generated decoder. What comes once a pipe (origin) or once a
 * process is left to protobuf-c.
 */
#ifndef LIBIMG_FORMAT_DECODE_H
#define LIBIMG_FORMAT_DECODE_H

#include "pipeimg.h"

/*
 * O_DIRECT in the flags of our own records is x86_64's, whatever machine wrote them; other bits that
 * matter have one value everywhere.
 */
#define RECORDED_O_DIRECT 040000U

/* A pipe_data_entry, or a sk_packet_entry, which has the same first two fields. */
struct entry {
	uint32_t id;
	uint32_t bytes;
	uint32_t size; /* 0 where there is none */
	bool has_chunks;
	bool has_kind;
	enum pimg_kind kind;
	bool has_checksum;
	uint64_t checksum;
	const uint8_t *origin; /* its message, in place, or null */
	uint32_t origin_length;
	const uint8_t *message; /* the whole, for entry_chunk_first() */
	uint32_t message_length;
};

/* @message: stays in use by entry */
int entry_decode(struct entry *entry, const uint8_t *message, uint32_t length,
		 struct pimg_error *error);

/* Walks along the chunks of the indexed layout, packed or not. */
struct entry_chunks {
	const uint8_t *at, *end;	    /* rest of the message */
	const uint8_t *packed, *packed_end; /* rest of a packed list */
};

struct entry_chunks entry_chunks_start(const struct entry *entry);
/* Returns 1 and sets kind and length, 0 at the end, or -1 where the list is broken. */
int entry_chunks_next(struct entry_chunks *chunks, enum pimg_kind *kind, uint64_t *length);

/*
 * Decodes an origin message.
 * @add_end: called with context for each end, unless null; stops at a non-zero return
 * Returns 0, add_end's non-zero return, or -1 where the message is broken.
 */
int origin_decode(const uint8_t *message, uint32_t length, struct pimg_origin *origin,
		  int (*add_end)(void *context, const struct pimg_end *end), void *context,
		  struct pimg_error *error);

#endif
