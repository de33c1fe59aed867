// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/decode.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/wire.h"
#include "pipeimg-private.h"

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

enum field_index {
	INDEX_ID,
	INDEX_BYTES,
	INDEX_SIZE,
	INDEX_CHUNKS,
	INDEX_KIND,
	INDEX_XXH3,
	INDEX_ORIGIN,
	INDEX_RECORDS,
	INDEX_QUEUES,
	INDEX_MESSAGE_XXH3,
	FIELD_COUNT
};

static const struct {
	uint32_t number;
	enum wire wire;
	const char *name;
} fields[FIELD_COUNT] = {
	[INDEX_ID] = {FIELD_ID, WIRE_VARINT, "pipe_id"},
	[INDEX_BYTES] = {FIELD_BYTES, WIRE_VARINT, "bytes"},
	[INDEX_SIZE] = {FIELD_SIZE, WIRE_VARINT, "size"},
	[INDEX_CHUNKS] = {FIELD_CHUNKS, WIRE_BYTES, "chunks"},
	[INDEX_KIND] = {FIELD_KIND, WIRE_VARINT, "kind"},
	[INDEX_XXH3] = {FIELD_XXH3, WIRE_FIXED64, "xxh3"},
	[INDEX_ORIGIN] = {FIELD_ORIGIN, WIRE_BYTES, "origin"},
	[INDEX_RECORDS] = {FIELD_RECORDS, WIRE_VARINT, "records"},
	[INDEX_QUEUES] = {FIELD_QUEUES, WIRE_VARINT, "queues"},
	[INDEX_MESSAGE_XXH3] = {FIELD_MESSAGE_XXH3, WIRE_FIXED64, "message_xxh3"},
};

/* What stands before a field's value. */
#define KEY(number, wire) ((uint32_t)(number) << 3 | (uint32_t)(wire))

/* A sk_packet_entry has the first two, and some that do not matter here. */
#define SOCKET_FIELD_COUNT 2

static const char *field_name(enum pimg_type type, size_t field)
{
	static const char *const of_sockets[SOCKET_FIELD_COUNT] = {"id_for", "length"};

	return type == PIMG_SOCKET ? of_sockets[field] : fields[field].name;
}

/* Of a sk_packet_entry. */
enum {
	FIELD_ADDRESS = 3,
	FIELD_SCM = 4,
	FIELD_CREDENTIALS = 128,
};

static bool is_passed_over(enum pimg_type type, uint32_t number)
{
	return type == PIMG_SOCKET &&
	       (number == FIELD_ADDRESS || number == FIELD_SCM || number == FIELD_CREDENTIALS);
}

/* What is known of a message while its fields are walked along. */
struct decoding {
	struct entry *entry;
	enum pimg_type type;
	const uint8_t *end;
	uint32_t seen; /* bit i: fields[i] */
	bool failed;
	uint32_t sealed_length; /* bytes before field 1100 */
	struct pimg_error *error;
};

/* Of several things that are wrong, the first is told. */
#define FAIL(decoding, ...)                                                                        \
	do {                                                                                       \
		if (!(decoding)->failed)                                                           \
			error_check((decoding)->error, __VA_ARGS__);                               \
		(decoding)->failed = true;                                                         \
	} while (0)

static inline void note_seen(struct decoding *decoding, enum field_index index)
{
	uint32_t bit = 1U << index;

	if (decoding->seen & bit)
		decoding->entry->repeated_field = fields[index].number;
	decoding->seen |= bit;
}

static inline const uint8_t *take_u32(struct decoding *decoding, enum field_index index,
				      const uint8_t *at, uint32_t *to)
{
	uint64_t value;

	at = wire_varint(at, decoding->end, &value);
	if (!at)
		return NULL;
	note_seen(decoding, index);
	if (value > UINT32_MAX)
		decoding->entry->oversized_field = fields[index].number;
	*to = (uint32_t)value;
	return at;
}

static inline const uint8_t *take_u64(struct decoding *decoding, enum field_index index,
				      const uint8_t *at, uint64_t *to)
{
	note_seen(decoding, index);
	return wire_fixed64(at, decoding->end, to);
}

static inline const uint8_t *take_kind(struct decoding *decoding, const uint8_t *at)
{
	uint64_t value;

	at = wire_varint(at, decoding->end, &value);
	if (!at)
		return NULL;
	note_seen(decoding, INDEX_KIND);
	if (value > PIMG_PACKET) {
		FAIL(decoding, CHECK_UNKNOWN_KIND, "an unknown kind of chunk, %" PRIu64, value);
		return at;
	}
	decoding->entry->has_kind = true;
	decoding->entry->kind = (enum pimg_kind)value;
	return at;
}

/* Fields that are no integers, not known, or not encoded as they should be. */
static const uint8_t *take_other(struct decoding *decoding, const uint8_t *at)
{
	size_t count = decoding->type == PIMG_SOCKET ? SOCKET_FIELD_COUNT : FIELD_COUNT;
	struct entry *entry = decoding->entry;
	struct wire_field field = {0};

	at = wire_read_field(at, decoding->end, &field);
	if (!at || field.wire == WIRE_GROUP_END)
		return NULL;
	if (field.wire == WIRE_GROUP_START)
		at = wire_skip_group(at, decoding->end);
	for (size_t i = 0; i < count; i++) {
		if (fields[i].number != field.number)
			continue;
		/* Lists of integers may be packed or not; readers must take both. */
		if (field.number == FIELD_CHUNKS &&
		    (field.wire == WIRE_BYTES || field.wire == WIRE_VARINT)) {
			entry->has_chunks = true;
		} else if (field.number == FIELD_ORIGIN && field.wire == WIRE_BYTES) {
			note_seen(decoding, INDEX_ORIGIN);
			entry->origin = field.data;
			entry->origin_length = field.length;
		} else if (field.wire != fields[i].wire) {
			FAIL(decoding, CHECK_WIRE_TYPE,
			     "field %u (%s) has wire type %d instead of %d", field.number,
			     field_name(decoding->type, i), (int)field.wire, (int)fields[i].wire);
		}
		return at;
	}
	entry->has_scm |= decoding->type == PIMG_SOCKET && field.number == FIELD_SCM;
	if (!is_passed_over(decoding->type, field.number))
		entry->unknown_field = field.number;
	return at;
}

/* Takes the field at at. Returns the byte after it, or null where it is broken. */
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
		return take_u32(decoding, INDEX_ID, at, &entry->id);
	case KEY(FIELD_BYTES, WIRE_VARINT):
		entry->has_bytes = true;
		return take_u32(decoding, INDEX_BYTES, at, &entry->bytes);
	case KEY(FIELD_SIZE, WIRE_VARINT):
		entry->has_size = true;
		return take_u32(decoding, INDEX_SIZE, at, &entry->size);
	case KEY(FIELD_KIND, WIRE_VARINT):
		return take_kind(decoding, at);
	case KEY(FIELD_XXH3, WIRE_FIXED64):
		entry->has_checksum = true;
		entry->checksum_at = (uint32_t)(at - entry->message);
		return take_u64(decoding, INDEX_XXH3, at, &entry->checksum);
	case KEY(FIELD_RECORDS, WIRE_VARINT):
		return take_u32(decoding, INDEX_RECORDS, at, &entry->records);
	case KEY(FIELD_QUEUES, WIRE_VARINT):
		return take_u32(decoding, INDEX_QUEUES, at, &entry->queues);
	case KEY(FIELD_MESSAGE_XXH3, WIRE_FIXED64):
		entry->has_message_checksum = true;
		decoding->sealed_length = (uint32_t)(start - entry->message);
		return take_u64(decoding, INDEX_MESSAGE_XXH3, at, &entry->message_checksum);
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
		     "%u byte%s of the message after its checksum (field %d), which must be the "
		     "last",
		     behind, PLURAL_S(behind), FIELD_MESSAGE_XXH3);
		return;
	}
	found = XXH3_64bits(entry->message, decoding->sealed_length);
	if (found != entry->message_checksum)
		FAIL(decoding, CHECK_MESSAGE_CHECKSUM,
		     "the message changed since it was written: its XXH3-64 is %016" PRIx64
		     ", not %016" PRIx64,
		     found, entry->message_checksum);
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
			/* What came before is not believed: where one byte is wrong, all may be. */
			entry->has_bytes = false;
			return error_check(error, CHECK_UNDECODABLE,
					   "a message of %u byte%s that cannot be decoded", length,
					   PLURAL_S(length));
		}
	}
	check_required(&decoding);
	check_seal(&decoding);
	return decoding.failed ? -1 : 0;
}

/* Whether a later message can be like this one: it has both checksums, and little else. */
static bool can_be_repeated(const struct entry *entry)
{
	return entry->bytes && entry->has_checksum && entry->has_message_checksum &&
	       entry->has_kind && !entry->has_chunks && !entry->origin && !entry->has_size &&
	       !entry->records && !entry->queues && !entry->unknown_field &&
	       !entry->repeated_field && !entry->oversized_field && entry->checksum_at >= 8 &&
	       entry->checksum_at <= 16;
}

/* Compares all but the values of the two checksums, of which the second is at the end. */
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
	/* The second checksum follows the first at once. */
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
			 XXH3_64bits(message, length - ENTRY_MESSAGE_CHECKSUM_BYTES) ==
				 load_le64(message + length - 8);
	if (decoder->alike) {
		decoder->entry.checksum = load_le64(message + decoder->checksum_at);
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
					   "a chunk of %" PRIu64 " byte%s where %" PRIu64
					   " of the record's %u are left",
					   length, PLURAL_S(length), entry->bytes - sum,
					   entry->bytes);
		sum += length;
	}
	if (result < 0)
		return error_check(error, CHECK_CHUNK_LIST,
				   "field 1000 (chunks) cannot be decoded");
	if (sum != entry->bytes)
		return error_check(error, CHECK_CHUNK_SUM,
				   "chunks of %" PRIu64 " byte%s in all in a record of %u", sum,
				   PLURAL_S(sum), entry->bytes);
	return 0;
}

static bool is_known(const struct entry *entry, uint32_t number)
{
	if (entry->type == PIMG_SOCKET)
		return number <= FIELD_BYTES || number == FIELD_SCM || number == FIELD_CREDENTIALS;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (fields[i].number == number)
			return true;
	}
	return false;
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
		if (!*at || is_known(entry, found.number))
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
		/* Told by entry_decode() already; there is no list in it. */
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
