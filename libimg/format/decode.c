// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/decode.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "criu.pb-c.h"
#include "format/fields.h"
#include "format/wire.h"
#include "pipe-data.pb-c.h"
#include "pipeimg-private.h"

/* The key before a field's value. */
#define KEY(number, wire) ((uint32_t)(number) << 3 | (uint32_t)(wire))

/* Of pipe_data_entry or sk_packet_entry. Returns null for an unknown field. */
static const ProtobufCFieldDescriptor *known_field(enum pimg_type type, uint32_t number)
{
	return protobuf_c_message_descriptor_get_field(
		type == PIMG_SOCKET ? &sk_packet_entry__descriptor : &pipe_data_entry__descriptor,
		number);
}

static enum wire wire_of(const ProtobufCFieldDescriptor *field)
{
	if (field->type == PROTOBUF_C_TYPE_FIXED64)
		return WIRE_FIXED64;
	return field->type == PROTOBUF_C_TYPE_MESSAGE || field->flags & PROTOBUF_C_FIELD_FLAG_PACKED
		       ? WIRE_BYTES
		       : WIRE_VARINT;
}

/* State while the fields of a message are decoded. */
struct decoding {
	struct entry *entry;
	enum pimg_type type;
	const uint8_t *end;
	uint64_t seen; /* bit i: a field whose number ends with the six bits i */
	bool failed;
	uint32_t sealed_length; /* bytes before field 1100 */
	struct pimg_error *error;
};

/* Only the first of several defects is reported. */
#define FAIL(decoding, ...)                                                                        \
	do {                                                                                       \
		if (!(decoding)->failed)                                                           \
			error_check((decoding)->error, __VA_ARGS__);                               \
		(decoding)->failed = true;                                                         \
	} while (0)

static inline void note_seen(struct decoding *decoding, uint32_t number)
{
	uint64_t bit = UINT64_C(1) << number % 64;

	if (decoding->seen & bit)
		decoding->entry->repeated_field = number;
	decoding->seen |= bit;
}

static inline const uint8_t *take_u32(struct decoding *decoding, uint32_t number, const uint8_t *at,
				      uint32_t *to)
{
	uint64_t value;

	at = wire_varint(at, decoding->end, &value);
	if (!at)
		return NULL;
	note_seen(decoding, number);
	if (value > UINT32_MAX)
		decoding->entry->oversized_field = number;
	*to = (uint32_t)value;
	return at;
}

static inline const uint8_t *take_u64(struct decoding *decoding, uint32_t number, const uint8_t *at,
				      uint64_t *to)
{
	note_seen(decoding, number);
	return wire_fixed64(at, decoding->end, to);
}

static inline const uint8_t *take_kind(struct decoding *decoding, const uint8_t *at)
{
	uint64_t value;

	at = wire_varint(at, decoding->end, &value);
	if (!at)
		return NULL;
	note_seen(decoding, FIELD_KIND);
	if (value > PIMG_PACKET) {
		FAIL(decoding, CHECK_UNKNOWN_KIND, "unknown chunk kind %" PRIu64, value);
		return at;
	}
	decoding->entry->has_kind = true;
	decoding->entry->kind = (enum pimg_kind)value;
	return at;
}

/* Fields that are not integers, not known, or not encoded as they should be. */
static const uint8_t *take_other(struct decoding *decoding, const uint8_t *at)
{
	struct entry *entry = decoding->entry;
	bool is_socket = decoding->type == PIMG_SOCKET;
	const ProtobufCFieldDescriptor *known;
	struct wire_field field = {0};

	at = wire_read_field(at, decoding->end, &field);
	if (!at || field.wire == WIRE_GROUP_END)
		return NULL;
	if (field.wire == WIRE_GROUP_START)
		at = wire_skip_group(at, decoding->end);
	known = known_field(decoding->type, field.number);
	if (!known) {
		if (!is_socket || field.number != FIELD_ADDRESS)
			entry->unknown_field = field.number;
	} else if (is_socket && field.number > FIELD_BYTES) {
		entry->has_scm |= field.number == FIELD_SCM;
	} else if (field.number == FIELD_CHUNKS &&
		   (field.wire == WIRE_BYTES || field.wire == WIRE_VARINT)) {
		/* Lists of integers may be packed or not; readers must accept both. */
		entry->has_chunks = true;
	} else if (field.number == FIELD_ORIGIN && field.wire == WIRE_BYTES) {
		note_seen(decoding, FIELD_ORIGIN);
		entry->origin = field.data;
		entry->origin_length = field.length;
	} else if (field.wire != wire_of(known)) {
		FAIL(decoding, CHECK_WIRE_TYPE, "field %u (%s) has wire type %d instead of %d",
		     field.number, known->name, (int)field.wire, (int)wire_of(known));
	}
	return at;
}

/* Decodes the field at at. Returns the byte after it, or null if it is broken. */
static inline const uint8_t *take_field(struct decoding *decoding, const uint8_t *at)
{
	struct entry *entry = decoding->entry;
	const uint8_t *start = at;
	uint64_t key;

	at = wire_varint(at, decoding->end, &key);
	if (!at)
		return NULL;
	if (decoding->type == PIMG_SOCKET && key >= KEY(FIELD_SIZE, 0))
		return take_other(decoding, start);
	switch (key) {
	case KEY(FIELD_ID, WIRE_VARINT):
		entry->has_id = true;
		return take_u32(decoding, FIELD_ID, at, &entry->id);
	case KEY(FIELD_BYTES, WIRE_VARINT):
		entry->has_bytes = true;
		return take_u32(decoding, FIELD_BYTES, at, &entry->bytes);
	case KEY(FIELD_SIZE, WIRE_VARINT):
		entry->has_size = true;
		return take_u32(decoding, FIELD_SIZE, at, &entry->size);
	case KEY(FIELD_KIND, WIRE_VARINT):
		return take_kind(decoding, at);
	case KEY(FIELD_XXH3, WIRE_FIXED64):
		entry->has_checksum = true;
		entry->checksum_at = (uint32_t)(at - entry->message);
		return take_u64(decoding, FIELD_XXH3, at, &entry->checksum);
	case KEY(FIELD_RECORDS, WIRE_VARINT):
		return take_u32(decoding, FIELD_RECORDS, at, &entry->records);
	case KEY(FIELD_QUEUES, WIRE_VARINT):
		return take_u32(decoding, FIELD_QUEUES, at, &entry->queues);
	case KEY(FIELD_MESSAGE_XXH3, WIRE_FIXED64):
		entry->has_message_checksum = true;
		decoding->sealed_length = (uint32_t)(start - entry->message);
		return take_u64(decoding, FIELD_MESSAGE_XXH3, at, &entry->message_checksum);
	default:
		return take_other(decoding, start);
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
		     "%u byte%s after the message's checksum (field %d), which must come last",
		     behind, PLURAL_S(behind), FIELD_MESSAGE_XXH3);
		return;
	}
	found = hash_bytes(entry->message, decoding->sealed_length);
	if (found != entry->message_checksum)
		FAIL(decoding, CHECK_MESSAGE_CHECKSUM,
		     "the message changed since it was written: its XXH3-64 is %016" PRIx64
		     ", not %016" PRIx64,
		     found, entry->message_checksum);
}

/* Without these fields, neither the pipe nor the end of the payload is known. */
static void check_required(struct decoding *decoding)
{
	const struct entry *entry = decoding->entry;
	uint32_t missing = entry->has_id ? FIELD_BYTES : FIELD_ID;

	if (!entry->has_id || !entry->has_bytes)
		FAIL(decoding, CHECK_REQUIRED_FIELD, "the required field %d (%s) is missing",
		     missing, known_field(decoding->type, missing)->name);
}

int entry_decode(struct entry *entry, enum pimg_type type, const uint8_t *message, uint32_t length,
		 struct pimg_error *error)
{
	struct decoding decoding = {
		.entry = entry,
		.type = type,
		.end = message + length,
		.error = error,
	};
	const uint8_t *at = message;

	*entry = (struct entry){.type = type, .message = message, .message_length = length};
	while (at < decoding.end) {
		at = take_field(&decoding, at);
		if (!at) {
			/* Fields before this place are not trusted: if one byte is wrong, all may be. */
			entry->has_bytes = false;
			return error_check(error, CHECK_UNDECODABLE,
					   "the message of %u byte%s cannot be decoded", length,
					   PLURAL_S(length));
		}
	}
	check_required(&decoding);
	check_seal(&decoding);
	return decoding.failed ? -1 : 0;
}

/* Whether later messages can be compared with this one: it has both checksums, and little else. */
static bool can_be_repeated(const struct entry *entry)
{
	return entry->bytes && entry->has_checksum && entry->has_message_checksum &&
	       entry->has_kind && !entry->has_chunks && !entry->origin && !entry->has_size &&
	       !entry->records && !entry->queues && !entry->unknown_field &&
	       !entry->repeated_field && !entry->oversized_field && entry->checksum_at >= 8 &&
	       entry->checksum_at <= 16;
}

/* Compares everything except the values of the two checksums, of which the second is at the end. */
static inline bool is_alike(const struct entry_decoder *decoder, const uint8_t *message,
			    uint32_t length)
{
	uint32_t at = decoder->checksum_at;

	return length && length == decoder->length &&
	       load_le64(message) == load_le64(decoder->message) &&
	       load_le64(message + at - 8) == load_le64(decoder->message + at - 8) &&
	       message[at + 8] == decoder->message[at + 8] &&
	       message[at + 9] == decoder->message[at + 9];
}

static void remember(struct entry_decoder *decoder, const uint8_t *message, uint32_t length)
{
	uint32_t at = decoder->entry.checksum_at;

	decoder->length = 0;
	/* The second checksum immediately follows the first. */
	if (!can_be_repeated(&decoder->entry) || length != at + 8 + ENTRY_MESSAGE_CHECKSUM_BYTES)
		return;
	memcpy(decoder->message, message, length);
	decoder->length = length;
	decoder->checksum_at = at;
}

int entry_decode_next(struct entry_decoder *decoder, enum pimg_type type, const uint8_t *message,
		      uint32_t length, struct pimg_error *error)
{
	decoder->alike = is_alike(decoder, message, length) &&
			 hash_bytes(message, length - ENTRY_MESSAGE_CHECKSUM_BYTES) ==
				 load_le64(message + length - 8);
	if (decoder->alike) {
		decoder->entry.checksum = load_le64(message + decoder->checksum_at);
		decoder->entry.message_checksum = load_le64(message + length - 8);
		decoder->entry.message = message;
		return 0;
	}
	decoder->length = 0;
	if (entry_decode(&decoder->entry, type, message, length, error) < 0)
		return -1;
	remember(decoder, message, length);
	return 0;
}

size_t entry_seal(uint8_t *message, size_t length)
{
	uint32_t key = FIELD_MESSAGE_XXH3 << 3 | WIRE_FIXED64;
	uint64_t seal = hash_bytes(message, length);

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
					   "an empty chunk after %" PRIu64 " of %u bytes", sum,
					   entry->bytes);
		if (length > entry->bytes - sum)
			return error_check(error, CHECK_CHUNK_SUM,
					   "a chunk of %" PRIu64 " byte%s, but only %" PRIu64
					   " of the record's %u are left",
					   length, PLURAL_S(length), entry->bytes - sum,
					   entry->bytes);
		sum += length;
	}
	if (result < 0)
		return error_check(error, CHECK_CHUNK_LIST, "field %d (chunks) cannot be decoded",
				   FIELD_CHUNKS);
	if (sum != entry->bytes)
		return error_check(error, CHECK_CHUNK_SUM,
				   "chunks of %" PRIu64 " byte%s in total in a record of %u", sum,
				   PLURAL_S(sum), entry->bytes);
	return 0;
}

bool entry_next_unknown(const struct entry *entry, const uint8_t **at, const uint8_t **field,
			size_t *length)
{
	const uint8_t *end = entry->message + entry->message_length;

	/* The message was decoded before: none of its fields is broken. */
	while (*at && *at < end) {
		struct wire_field found;

		*field = *at;
		*at = wire_read_field(*at, end, &found);
		if (*at && found.wire == WIRE_GROUP_START)
			*at = wire_skip_group(*at, end);
		if (!*at || known_field(entry->type, found.number))
			continue;
		*length = (size_t)(*at - *field);
		return true;
	}
	return false;
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
	struct wire_field field = {0};
	uint64_t value;

	while (chunks->packed == chunks->packed_end) {
		if (chunks->at == chunks->end)
			return 0;
		chunks->at = wire_next_field(chunks->at, chunks->end, &field);
		if (!chunks->at)
			return -1;
		if (field.number != FIELD_CHUNKS)
			continue;
		if (field.wire == WIRE_VARINT)
			break;
		/* entry_decode() has already reported it, and it contains no list. */
		if (field.wire != WIRE_BYTES)
			continue;
		chunks->packed = field.data;
		chunks->packed_end = field.data + field.length;
	}
	if (chunks->packed == chunks->packed_end) {
		value = field.value;
	} else {
		chunks->packed = wire_varint(chunks->packed, chunks->packed_end, &value);
		if (!chunks->packed)
			return -1;
	}
	*kind = value & 1 ? PIMG_PACKET : PIMG_STREAM;
	*length = value >> 1;
	return 1;
}
