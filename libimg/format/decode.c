// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/decode.h"

#include <fcntl.h>
#include <string.h>

#include "format/record.h"
#include "io/error.h"
#include "pipe-data.pb-c.h"

/* Wire types of protobuf. */
enum wire {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_GROUP_START = 3,
	WIRE_GROUP_END = 4,
	WIRE_FIXED32 = 5,
};

struct field {
	uint32_t number;
	enum wire wire;
	uint64_t value;	     /* of an integer */
	const uint8_t *data; /* of bytes */
	uint32_t length;
};

/* Returns the byte after the varint, or null where it is broken. */
static const uint8_t *varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
	uint64_t result = 0;

	for (unsigned shift = 0; shift < 70 && at < end; shift += 7) {
		uint8_t byte = *at++;

		result |= (uint64_t)(byte & 0x7f) << (shift < 64 ? shift : 0);
		if (!(byte & 0x80)) {
			*value = result;
			return at;
		}
	}
	return NULL;
}

static const uint8_t *fixed(const uint8_t *at, const uint8_t *end, unsigned bytes, uint64_t *value)
{
	if (end - at < (ptrdiff_t)bytes)
		return NULL;
	*value = 0;
	for (unsigned i = 0; i < bytes; i++)
		*value |= (uint64_t)at[i] << (8 * i);
	return at + bytes;
}

/* Reads a field's key and value; a group's start and end are fields of their own. */
static const uint8_t *read_field(const uint8_t *at, const uint8_t *end, struct field *field)
{
	uint64_t key, length;

	at = varint(at, end, &key);
	if (!at || key >> 3 == 0 || key >> 3 > (1U << 29) - 1)
		return NULL;
	field->number = (uint32_t)(key >> 3);
	field->wire = (enum wire)(key & 7);
	switch (field->wire) {
	case WIRE_VARINT:
		return varint(at, end, &field->value);
	case WIRE_FIXED64:
		return fixed(at, end, 8, &field->value);
	case WIRE_FIXED32:
		return fixed(at, end, 4, &field->value);
	case WIRE_BYTES:
		at = varint(at, end, &length);
		if (!at || length > (uint64_t)(end - at))
			return NULL;
		field->data = at;
		field->length = (uint32_t)length;
		return at + length;
	case WIRE_GROUP_START:
	case WIRE_GROUP_END:
		return at;
	}
	return NULL;
}

/* Passes a group, however deep, without recursion. Ends are matched by count alone. */
static const uint8_t *skip_group(const uint8_t *at, const uint8_t *end)
{
	uint64_t depth = 1;
	struct field field;

	while (at && depth) {
		at = read_field(at, end, &field);
		if (!at)
			return NULL;
		depth += field.wire == WIRE_GROUP_START;
		depth -= field.wire == WIRE_GROUP_END;
	}
	return at;
}

/* The next field that is not a group. Returns the byte after it, or null where it is broken. */
static const uint8_t *next_field(const uint8_t *at, const uint8_t *end, struct field *field)
{
	for (;;) {
		at = read_field(at, end, field);
		if (!at || field->wire == WIRE_GROUP_END)
			return NULL;
		if (field->wire != WIRE_GROUP_START)
			return at;
		at = skip_group(at, end);
		if (!at)
			return NULL;
		if (at == end) {
			field->number = 0; /* none more */
			return at;
		}
	}
}

/* Field numbers of pipe_data_entry. */
enum {
	FIELD_ID = 1,
	FIELD_BYTES = 2,
	FIELD_SIZE = 3,
	FIELD_CHUNKS = 1000,
	FIELD_KIND = 1001,
	FIELD_XXH3 = 1002,
	FIELD_ORIGIN = 1003,
};

static const struct {
	uint32_t number;
	enum wire wire;
	const char *name;
} fields[] = {
	{FIELD_ID, WIRE_VARINT, "pipe_id"},   {FIELD_BYTES, WIRE_VARINT, "bytes"},
	{FIELD_SIZE, WIRE_VARINT, "size"},    {FIELD_CHUNKS, WIRE_BYTES, "chunks"},
	{FIELD_KIND, WIRE_VARINT, "kind"},    {FIELD_XXH3, WIRE_FIXED64, "xxh3"},
	{FIELD_ORIGIN, WIRE_BYTES, "origin"},
};

static int check_wire_type(const struct field *field, struct pimg_error *error)
{
	/* Lists of integers may be packed or not; readers must take both. */
	if (field->number == FIELD_CHUNKS && field->wire == WIRE_VARINT)
		return 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (fields[i].number == field->number && fields[i].wire != field->wire)
			return error_data(error, "field %u (%s) has wire type %d instead of %d",
					  field->number, fields[i].name, (int)field->wire,
					  (int)fields[i].wire);
	}
	return 0;
}

static int take_field(struct entry *entry, const struct field *field, struct pimg_error *error)
{
	switch (field->number) {
	case FIELD_ID:
		entry->id = (uint32_t)field->value;
		break;
	case FIELD_BYTES:
		entry->bytes = (uint32_t)field->value;
		break;
	case FIELD_SIZE:
		entry->size = (uint32_t)field->value;
		break;
	case FIELD_CHUNKS:
		entry->has_chunks = true;
		break;
	case FIELD_KIND:
		if (field->value > PIMG_PACKET)
			return error_data(error, "an unknown kind of chunk, %llu",
					  (unsigned long long)field->value);
		entry->has_kind = true;
		entry->kind = (enum pimg_kind)field->value;
		break;
	case FIELD_XXH3:
		entry->has_checksum = true;
		entry->checksum = field->value;
		break;
	case FIELD_ORIGIN:
		entry->origin = field->data;
		entry->origin_length = field->length;
		break;
	}
	return 0;
}

int entry_decode(struct entry *entry, const uint8_t *message, uint32_t length,
		 struct pimg_error *error)
{
	const uint8_t *at = message, *end = message + length;
	bool has_id = false, has_bytes = false;
	struct field field;

	*entry = (struct entry){.message = message, .message_length = length};
	while (at < end) {
		at = next_field(at, end, &field);
		if (!at)
			return error_data(error, "a message of %u bytes that cannot be decoded",
					  length);
		if (check_wire_type(&field, error) < 0 || take_field(entry, &field, error) < 0)
			return -1;
		has_id |= field.number == FIELD_ID;
		has_bytes |= field.number == FIELD_BYTES;
	}
	if (!has_id || !has_bytes)
		return error_data(error, "a message without its required field %d (%s)",
				  has_id ? FIELD_BYTES : FIELD_ID, has_id ? "bytes" : "pipe_id");
	return 0;
}

struct entry_chunks entry_chunks_start(const struct entry *entry)
{
	return (struct entry_chunks){
		.at = entry->message,
		.end = entry->message + entry->message_length,
	};
}

int entry_chunks_next(struct entry_chunks *chunks, enum pimg_kind *kind, uint64_t *length)
{
	struct field field = {0};
	uint64_t value;

	while (chunks->packed == chunks->packed_end) {
		if (chunks->at == chunks->end)
			return 0;
		chunks->at = next_field(chunks->at, chunks->end, &field);
		if (!chunks->at)
			return -1;
		if (field.number != FIELD_CHUNKS)
			continue;
		if (field.wire == WIRE_VARINT)
			break;
		chunks->packed = field.data;
		chunks->packed_end = field.data + field.length;
	}
	if (chunks->packed == chunks->packed_end) {
		value = field.value;
	} else {
		chunks->packed = varint(chunks->packed, chunks->packed_end, &value);
		if (!chunks->packed)
			return -1;
	}
	*kind = value & 1 ? PIMG_PACKET : PIMG_STREAM;
	*length = value >> 1;
	return 1;
}

static void copy_origin(struct pimg_origin *origin, const PipeOrigin *message)
{
	*origin = (struct pimg_origin){
		.known = (message->has_captured_at_ns ? PIMG_ORIGIN_TIME : 0) |
			 (message->has_page_size ? PIMG_ORIGIN_PAGE : 0) |
			 (message->has_uid && message->has_gid ? PIMG_ORIGIN_OWNER : 0) |
			 (message->has_mode ? PIMG_ORIGIN_MODE : 0),
		.captured_at_ns = message->captured_at_ns,
		.page_size = message->page_size,
		.uid = message->uid,
		.gid = message->gid,
		.mode = message->mode & 07777,
	};
}

static void copy_end(struct pimg_end *end, const PipeEnd *message)
{
	size_t length = message->has_comm ? message->comm.len : 0;

	*end = (struct pimg_end){.pid = message->pid, .fd = message->fd};
	end->flags = (message->flags & ~RECORDED_O_DIRECT) |
		     (message->flags & RECORDED_O_DIRECT ? O_DIRECT : 0);
	if (length >= sizeof(end->comm))
		length = sizeof(end->comm) - 1;
	if (length)
		memcpy(end->comm, message->comm.data, length);
}

int origin_decode(const uint8_t *message, uint32_t length, struct pimg_origin *origin,
		  int (*add_end)(void *context, const struct pimg_end *end), void *context,
		  struct pimg_error *error)
{
	PipeOrigin *decoded = NULL;
	int result = 0;

	if (length > DECODED_MESSAGE_MAX)
		return error_data(error, "field 1003 (origin) of %u bytes, more than %u", length,
				  DECODED_MESSAGE_MAX);
	decoded = pipe_origin__unpack(NULL, length, message);
	if (!decoded)
		return error_data(error, "field 1003 (origin) cannot be decoded");
	copy_origin(origin, decoded);
	for (size_t i = 0; add_end && i < decoded->n_end && !result; i++) {
		struct pimg_end end;

		copy_end(&end, decoded->end[i]);
		result = add_end(context, &end);
	}
	pipe_origin__free_unpacked(decoded, NULL);
	return result;
}
