/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding of the messages that precede payloads.
 *
 * An image can contain millions of them, most with three to five small integers, so they are read in place,
 * without the allocations of a generated decoder. Messages that occur once per pipe (origin) or once per
 * process are left to protobuf-c.
 */
#ifndef LIBIMG_FORMAT_DECODE_H
#define LIBIMG_FORMAT_DECODE_H

#include "pipeimg.h"

/*
 * O_DIRECT in pipeimg's records has its x86_64 value, whatever machine wrote them; the other bits that matter
 * have the same value everywhere.
 */
#define RECORDED_O_DIRECT 040000U

/* A pipe_data_entry, or a sk_packet_entry, which has the same first two fields. */
struct entry {
	enum pimg_type type;
	bool has_id, has_bytes;
	uint32_t id;
	uint32_t bytes;
	bool has_size;
	uint32_t size; /* 0 if there is none */
	bool has_chunks;
	bool has_kind;
	enum pimg_kind kind;
	bool has_checksum;
	uint64_t checksum;
	const uint8_t *origin; /* its message, in place, or null */
	uint32_t origin_length;
	bool has_scm;	  /* a socket's data has attachments, such as descriptors */
	uint32_t records; /* of its queue, 0 if unknown */
	uint32_t queues;  /* of its image, 0 if unknown */
	bool has_message_checksum;
	uint64_t message_checksum;
	uint32_t checksum_at; /* of field 1002's value in the message */
	/* Numbers of fields that are valid, but odd: 0, or the last one. */
	uint32_t unknown_field;
	uint32_t repeated_field;
	uint32_t oversized_field;
	const uint8_t *message; /* complete, for entry_chunks_start() */
	uint32_t message_length;
};

/*
 * Decodes a record's message.
 * @type: sockets have only two of the fields, with other names
 * @message: stays in use by entry
 * On failure, error has the first defect, and entry the fields that could be decoded: with has_bytes, the
 * next record can still be found.
 */
int entry_decode(struct entry *entry, enum pimg_type type, const uint8_t *message, uint32_t length,
		 struct pimg_error *error);

/*
 * Decodes a sequence of messages. In the packets layout, most differ from the previous one only in their
 * checksums, and then only the checksums are decoded; this makes verifying twice as fast.
 */
struct entry_decoder {
	struct entry entry; /* decoded last */
	bool alike;	    /* it differs from the previous one only in its checksums */

	/* The last message that others can be compared with; length is 0 if there is none. */
	uint8_t message[64];
	uint32_t length, checksum_at;
};

/* Like entry_decode(), into decoder->entry. Before the first message, decoder must be all zeros. */
int entry_decode_next(struct entry_decoder *decoder, enum pimg_type type, const uint8_t *message,
		      uint32_t length, struct pimg_error *error);

/* A record of pipe_data_entry with information that only our fields have. */
static inline bool entry_is_extended(const struct entry *entry)
{
	return entry->has_chunks || entry->has_kind || entry->has_checksum || entry->origin ||
	       entry->records || entry->queues || entry->has_message_checksum;
}

/* A record that shows the kind of its chunks, even if all are stream bytes. */
static inline bool entry_has_kinds(const struct entry *entry)
{
	return entry->has_chunks || entry->has_kind || entry->origin;
}

/* The chunks of the indexed layout are valid only if they add up to the payload. */
int entry_check_chunks(const struct entry *entry, struct pimg_error *error);

/* Appends field 1100 to a packed message; message has room for ENTRY_MESSAGE_CHECKSUM_BYTES more. */
#define ENTRY_MESSAGE_CHECKSUM_BYTES 10
size_t entry_seal(uint8_t *message, size_t length);

/*
 * Iterates over the unknown fields.
 * @at: the message at first, then the value from the last call
 * @field, @length: set to the encoded field, its key included
 * Returns true, or false at the end.
 */
bool entry_next_unknown(const struct entry *entry, const uint8_t **at, const uint8_t **field,
			size_t *length);

/* Iterates over the chunks of the indexed layout, packed or not. */
struct entry_chunks {
	const uint8_t *at, *end;	    /* rest of the message */
	const uint8_t *packed, *packed_end; /* rest of a packed list */
};

struct entry_chunks entry_chunks_start(const struct entry *entry);
/* Returns 1 and sets kind and length, 0 at the end, or -1 if the list is broken. */
int entry_chunks_next(struct entry_chunks *chunks, enum pimg_kind *kind, uint64_t *length);

/*
 * Decodes an origin message.
 * @add_end: called with context for each end, unless null; stops at a nonzero return
 * Returns 0, add_end's nonzero return, or -1 if the message is broken.
 */
int origin_decode(const uint8_t *message, uint32_t length, struct pimg_origin *origin,
		  int (*add_end)(void *context, const struct pimg_end *end), void *context,
		  struct pimg_error *error);

#endif
