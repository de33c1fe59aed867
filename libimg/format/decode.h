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
	enum pimg_type type;
	bool has_id, has_bytes;
	uint32_t id;
	uint32_t bytes;
	bool has_size;
	uint32_t size; /* 0 where there is none */
	bool has_chunks;
	bool has_kind;
	enum pimg_kind kind;
	bool has_checksum;
	uint64_t checksum;
	const uint8_t *origin; /* its message, in place, or null */
	uint32_t origin_length;
	bool has_scm;	  /* of a socket: what was sent beside the bytes */
	uint32_t records; /* of its queue, 0 where it is not told */
	uint32_t queues;  /* of its image, 0 where it is not told */
	bool has_message_checksum;
	uint64_t message_checksum;
	uint32_t checksum_at; /* of field 1002's value in the message */
	/* Numbers of fields that are not wrong, but odd: 0, or the last such. */
	uint32_t unknown_field;
	uint32_t repeated_field;
	uint32_t oversized_field;
	const uint8_t *message; /* the whole, for entry_chunks_start() */
	uint32_t message_length;
};

/*
 * Decodes a record's message.
 * @type: sockets have but two of the fields, under other names
 * @message: stays in use by entry
 * On failure error has the first thing that is wrong, and entry what could be decoded: with
 * has_bytes, the next record can still be found.
 */
int entry_decode(struct entry *entry, enum pimg_type type, const uint8_t *message, uint32_t length,
		 struct pimg_error *error);

/*
 * Decodes one message after another. Of the packets layout most differ from the one before in their
 * checksums alone, and then only these are read again; that is what makes verifying twice as fast.
 */
struct entry_decoder {
	struct entry entry; /* decoded last */
	bool alike;	    /* it differs from the one before in checksums alone */

	/* The last message that others can be like; length is 0 if there is none. */
	uint8_t message[64];
	uint32_t length, checksum_at;
};

/* The same as entry_decode(), into decoder->entry. Before the first, decoder is all zeros. */
int entry_decode_next(struct entry_decoder *decoder, enum pimg_type type, const uint8_t *message,
		      uint32_t length, struct pimg_error *error);

/* A record of pipe_data_entry in which something can be told only by a field of ours. */
static inline bool entry_is_extended(const struct entry *entry)
{
	return entry->has_chunks || entry->has_kind || entry->has_checksum || entry->origin ||
	       entry->records || entry->queues || entry->has_message_checksum;
}

/* A record that tells of which kind its chunks are, be it that all of them are stream bytes. */
static inline bool entry_has_kinds(const struct entry *entry)
{
	return entry->has_chunks || entry->has_kind || entry->origin;
}

/* Chunks of the indexed layout are believed only if they are just the payload. */
int entry_check_chunks(const struct entry *entry, struct pimg_error *error);

/* Appends field 1100 to a packed message; message has room for ENTRY_MESSAGE_CHECKSUM_BYTES more. */
#define ENTRY_MESSAGE_CHECKSUM_BYTES 10
size_t entry_seal(uint8_t *message, size_t length);

/*
 * Walks along the fields that are not known.
 * @at: the message at first, then what the last call left
 * @field, @length: set to the encoded field, its key included
 * Returns true, or false at the end.
 */
bool entry_next_unknown(const struct entry *entry, const uint8_t **at, const uint8_t **field,
			size_t *length);

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
