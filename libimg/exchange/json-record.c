// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/json-record.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "format/layout.h"

static bool has_other_payload(const struct json_entry *entry)
{
	return entry->pipe.has_xxh3 &&
	       hash_bytes(entry->payload, entry->payload_length) != entry->pipe.xxh3;
}

/* Compares the message's checksum, which covers all fields before it. */
static int check_seal(const struct json_entry *entry, struct pimg_error *error)
{
	PipeDataEntry unsealed = entry->pipe;
	_cleanup_free_ uint8_t *allocated = NULL;
	uint8_t small[256], *bytes = small;
	size_t length;

	unsealed.has_message_xxh3 = false;
	length = protobuf_c_message_get_packed_size(&unsealed.base);
	if (length + entry->unknown_length > sizeof(small))
		bytes = allocated = malloc(length + entry->unknown_length);
	if (!bytes)
		return error_memory(error);
	protobuf_c_message_pack(&unsealed.base, bytes);
	if (entry->unknown_length)
		memcpy(bytes + length, entry->unknown, entry->unknown_length);
	if (hash_bytes(bytes, length + entry->unknown_length) == entry->pipe.message_xxh3)
		return 0;
	if (has_other_payload(entry))
		return error_check(
			error, CHECK_MESSAGE_CHECKSUM,
			"\"message_xxh3\" is not the checksum of the other keys, nor \"xxh3\" that "
			"of "
			"the payload: both were changed; remove both checksums, and pipeimg "
			"computes new ones");
	return error_check(
		error, CHECK_MESSAGE_CHECKSUM,
		"\"message_xxh3\" is not the checksum of the other keys: some of them were changed "
		"or removed; remove it too, and pipeimg computes a new one");
}

static int write_pipe(struct json_entry *entry, struct sink *sink, enum pimg_byte_order order,
		      struct pimg_error *error)
{
	struct layout_extra extra = {entry->unknown, entry->unknown_length};
	PipeDataEntry *pipe = &entry->pipe;

	if (!pipe->has_xxh3 && (pipe->has_kind || pipe->n_chunks || json_entry_key_of_ours(pipe))) {
		pipe->has_xxh3 = true;
		pipe->xxh3 = hash_bytes(entry->payload, entry->payload_length);
	}
	if (!pipe->has_message_xxh3)
		return layout_write_head(sink, order, pipe, &extra, error);
	if (check_seal(entry, error) < 0)
		return -1;
	return layout_write_message(sink, order, &pipe->base, &extra, error);
}

static int write_socket(const struct json_entry *entry, struct sink *sink,
			enum pimg_byte_order order, struct pimg_error *error)
{
	struct layout_extra extra = {entry->unknown, entry->unknown_length};

	return layout_write_message(sink, order, &entry->packet.base, &extra, error);
}

int json_record_write(struct json_entry *entry, struct sink *sink, enum pimg_byte_order order,
		      struct pimg_error *error)
{
	if ((entry->type == PIMG_SOCKET ? write_socket(entry, sink, order, error)
					: write_pipe(entry, sink, order, error)) < 0)
		return -1;
	return sink_write(sink, entry->payload, entry->payload_length, error);
}
