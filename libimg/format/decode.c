// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/decode.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

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
	FIELD_RECORDS = 1004,
	FIELD_QUEUES = 1005,
	FIELD_MESSAGE_XXH3 = 1100,
};

static const struct {
	uint32_t number;
	enum wire wire;
	const char *name;
} fields[] = {
	{FIELD_ID, WIRE_VARINT, "pipe_id"},
	{FIELD_BYTES, WIRE_VARINT, "bytes"},
	{FIELD_KIND, WIRE_VARINT, "kind"},
	{FIELD_XXH3, WIRE_FIXED64, "xxh3"},
	{FIELD_MESSAGE_XXH3, WIRE_FIXED64, "message_xxh3"},
	{FIELD_SIZE, WIRE_VARINT, "size"},
	{FIELD_CHUNKS, WIRE_BYTES, "chunks"},
	{FIELD_ORIGIN, WIRE_BYTES, "origin"},
	{FIELD_RECORDS, WIRE_VARINT, "records"},
	{FIELD_QUEUES, WIRE_VARINT, "queues"},
};

#define FIELD_COUNT (sizeof(fields) / sizeof(*fields))

/* A sk_packet_entry has the first two, and some that do not matter here. */
#define SOCKET_FIELD_COUNT 2

static const char *field_name(enum pimg_type type, size_t field)
{
	static const char *const of_sockets[SOCKET_FIELD_COUNT] = {"id_for", "length"};

	return type == PIMG_SOCKET ? of_sockets[field] : fields[field].name;
}

static bool is_passed_over(enum pimg_type type, uint32_t number)
{
	enum { SOCKET_ADDRESS = 3, SOCKET_SCM = 4, SOCKET_CREDENTIALS = 128 };

	return type == PIMG_SOCKET &&
	       (number == SOCKET_ADDRESS || number == SOCKET_SCM || number == SOCKET_CREDENTIALS);
}

/* What is known of a message while its fields are walked along. */
struct decoding {
	struct entry *entry;
	enum pimg_type type;
	unsigned seen; /* bit i: fields[i] */
	bool failed;
	uint32_t sealed_length; /* bytes before field 1100 */
	uint64_t seal;
	struct pimg_error *error;
};

/* Of several things that are wrong, the first is told. */
#define FAIL(decoding, ...)                                                                        \
	do {                                                                                       \
		if (!(decoding)->failed)                                                           \
			error_check((decoding)->error, __VA_ARGS__);                               \
		(decoding)->failed = true;                                                         \
	} while (0)

/* Returns the index of a known field of the right wire type, or -1. */
static int known_field(struct decoding *decoding, const struct field *field)
{
	size_t count = decoding->type == PIMG_SOCKET ? SOCKET_FIELD_COUNT : FIELD_COUNT;

	for (size_t i = 0; i < count; i++) {
		if (fields[i].number != field->number)
			continue;
		/* Lists of integers may be packed or not; readers must take both. */
		if (fields[i].wire == field->wire ||
		    (field->number == FIELD_CHUNKS && field->wire == WIRE_VARINT))
			return (int)i;
		FAIL(decoding, CHECK_WIRE_TYPE, "field %u (%s) has wire type %d instead of %d",
		     field->number, field_name(decoding->type, i), (int)field->wire,
		     (int)fields[i].wire);
		return -1;
	}
	if (field->number && !is_passed_over(decoding->type, field->number))
		decoding->entry->unknown_field = field->number;
	return -1;
}

static void note_oddities(struct decoding *decoding, int known, const struct field *field)
{
	unsigned bit = 1U << known;

	if (decoding->seen & bit && field->number != FIELD_CHUNKS)
		decoding->entry->repeated_field = field->number;
	decoding->seen |= bit;
	if (fields[known].wire == WIRE_VARINT && field->value > UINT32_MAX)
		decoding->entry->oversized_field = field->number;
}

static void take_kind(struct decoding *decoding, uint64_t value)
{
	if (value > PIMG_PACKET) {
		FAIL(decoding, CHECK_UNKNOWN_KIND, "an unknown kind of chunk, %" PRIu64, value);
		return;
	}
	decoding->entry->has_kind = true;
	decoding->entry->kind = (enum pimg_kind)value;
}

static void take_field(struct decoding *decoding, const struct field *field, const uint8_t *at)
{
	struct entry *entry = decoding->entry;

	switch (field->number) {
	case FIELD_ID:
		entry->has_id = true;
		entry->id = (uint32_t)field->value;
		break;
	case FIELD_BYTES:
		entry->has_bytes = true;
		entry->bytes = (uint32_t)field->value;
		break;
	case FIELD_SIZE:
		entry->size = (uint32_t)field->value;
		break;
	case FIELD_CHUNKS:
		entry->has_chunks = true;
		break;
	case FIELD_KIND:
		take_kind(decoding, field->value);
		break;
	case FIELD_XXH3:
		entry->has_checksum = true;
		entry->checksum = field->value;
		break;
	case FIELD_ORIGIN:
		entry->origin = field->data;
		entry->origin_length = field->length;
		break;
	case FIELD_RECORDS:
		entry->records = (uint32_t)field->value;
		break;
	case FIELD_QUEUES:
		entry->queues = (uint32_t)field->value;
		break;
	case FIELD_MESSAGE_XXH3:
		entry->has_message_checksum = true;
		decoding->sealed_length = (uint32_t)(at - entry->message);
		decoding->seal = field->value;
		break;
	}
}

static void check_seal(struct decoding *decoding)
{
	const struct entry *entry = decoding->entry;
	uint32_t behind =
		entry->message_length - decoding->sealed_length - ENTRY_MESSAGE_CHECKSUM_BYTES;
	uint64_t found;

	if (!entry->has_message_checksum)
		return;
	if (behind) {
		FAIL(decoding, CHECK_MESSAGE_CHECKSUM,
		     "%u bytes of the message stand behind its checksum (field %d), which must be "
		     "the last",
		     behind, FIELD_MESSAGE_XXH3);
		return;
	}
	found = XXH3_64bits(entry->message, decoding->sealed_length);
	if (found != decoding->seal)
		FAIL(decoding, CHECK_MESSAGE_CHECKSUM,
		     "the message's XXH3-64 is %016" PRIx64 ", not %016" PRIx64
		     " as recorded: it changed since it was written",
		     found, decoding->seal);
}

/* Without these, nobody can tell whose payload it is, or where it ends. */
static void check_required(struct decoding *decoding)
{
	const struct entry *entry = decoding->entry;

	if (!entry->has_id || !entry->has_bytes)
		FAIL(decoding, CHECK_REQUIRED_FIELD, "a message without its required field %d (%s)",
		     entry->has_id ? FIELD_BYTES : FIELD_ID,
		     field_name(decoding->type, entry->has_id ? 1 : 0));
}

int entry_decode(struct entry *entry, enum pimg_type type, const uint8_t *message, uint32_t length,
		 struct pimg_error *error)
{
	struct decoding decoding = {.entry = entry, .type = type, .error = error};
	const uint8_t *at = message, *end = message + length;

	*entry = (struct entry){.message = message, .message_length = length};
	while (at < end) {
		const uint8_t *start = at;
		struct field field;
		int known;

		at = next_field(at, end, &field);
		if (!at) {
			/* What came before is not believed: where one byte is wrong, all may be. */
			entry->has_bytes = false;
			return error_check(error, CHECK_UNDECODABLE,
					   "a message of %u bytes that cannot be decoded", length);
		}
		known = known_field(&decoding, &field);
		if (known < 0)
			continue;
		note_oddities(&decoding, known, &field);
		take_field(&decoding, &field, start);
	}
	check_required(&decoding);
	check_seal(&decoding);
	return decoding.failed ? -1 : 0;
}

size_t entry_seal(uint8_t *message, size_t length)
{
	uint32_t key = FIELD_MESSAGE_XXH3 << 3 | WIRE_FIXED64;
	uint64_t seal = XXH3_64bits(message, length);

	message[length] = (uint8_t)(key | 0x80);
	message[length + 1] = (uint8_t)(key >> 7);
	for (unsigned i = 0; i < 8; i++)
		message[length + 2 + i] = (uint8_t)(seal >> (8 * i));
	return length + ENTRY_MESSAGE_CHECKSUM_BYTES;
}

int entry_check_chunks(const struct entry *entry, struct pimg_error *error)
{
	struct entry_chunks chunks = entry_chunks_start(entry);
	enum pimg_kind kind;
	uint64_t length, sum = 0;
	int result;

	while ((result = entry_chunks_next(&chunks, &kind, &length)) > 0) {
		if (!length)
			return error_check(error, CHECK_EMPTY_CHUNK,
					   "a chunk of 0 bytes, after %" PRIu64 " of %u", sum,
					   entry->bytes);
		if (length > entry->bytes - sum)
			return error_check(error, CHECK_CHUNK_SUM,
					   "a chunk of %" PRIu64 " bytes where %" PRIu64
					   " of the record's %u are left",
					   length, entry->bytes - sum, entry->bytes);
		sum += length;
	}
	if (result < 0)
		return error_check(error, CHECK_CHUNK_LIST,
				   "field 1000 (chunks) cannot be decoded");
	if (sum != entry->bytes)
		return error_check(error, CHECK_CHUNK_SUM,
				   "chunks of %" PRIu64 " bytes in all in a record of %u", sum,
				   entry->bytes);
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
		return error_check(error, CHECK_ORIGIN,
				   "field 1003 (origin) of %u bytes, more than %u", length,
				   DECODED_MESSAGE_MAX);
	decoded = pipe_origin__unpack(NULL, length, message);
	if (!decoded)
		return error_check(error, CHECK_ORIGIN, "field 1003 (origin) cannot be decoded");
	copy_origin(origin, decoded);
	for (size_t i = 0; add_end && i < decoded->n_end && !result; i++) {
		struct pimg_end end;

		copy_end(&end, decoded->end[i]);
		result = add_end(context, &end);
	}
	pipe_origin__free_unpacked(decoded, NULL);
	return result;
}
