// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mutations of images that pass their checksums: libFuzzer's own mutations, applied to one record's
 * message or to the whole image, after which lengths and checksums are corrected.
 */
#include <string.h>

#include "base/byte-order.h"
#include "base/hash.h"
#include "format/decode.h"
#include "format/magic.h"
#include "target.h"

/* Part of libFuzzer. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum { RECORDS_MOST = 64, MESSAGE_MOST = 1024 };

/* The place of a record in the image. */
struct position {
	size_t at, message_length, payload_length;
};

static size_t end_of(const struct position *place)
{
	return place->at + 4 + place->message_length + place->payload_length;
}

/* v1.0 images are assumed to be little-endian; only the common magic is checked. */
static enum pimg_byte_order order_of(const uint8_t *data, size_t size)
{
	return size >= 4 && load_word(data, PIMG_BIG_ENDIAN) == IMAGE_COMMON_MAGIC
		       ? PIMG_BIG_ENDIAN
		       : PIMG_LITTLE_ENDIAN;
}

static size_t magic_length(const uint8_t *data, size_t size)
{
	return size >= 8 && load_word(data, order_of(data, size)) == IMAGE_COMMON_MAGIC ? 8 : 4;
}

/* Finds the complete records. Returns their number. */
static size_t find_records(const uint8_t *data, size_t size, struct position *places)
{
	enum pimg_byte_order order = order_of(data, size);
	size_t at = magic_length(data, size), count = 0;

	while (count < RECORDS_MOST && at + 4 <= size) {
		size_t length = load_word(data + at, order);
		struct entry entry;

		if (length > size - at - 4)
			break;
		entry_decode(&entry, PIMG_PIPE, data + at + 4, (uint32_t)length, NULL);
		if (!entry.has_bytes || entry.bytes > size - at - 4 - length)
			break;
		places[count] = (struct position){at, length, entry.bytes};
		at = end_of(&places[count++]);
	}
	return count;
}

static void seal_record(uint8_t *data, const struct position *place)
{
	uint8_t *message = data + place->at + 4;
	size_t length = place->message_length;
	struct entry entry;

	entry_decode(&entry, PIMG_PIPE, message, (uint32_t)length, NULL);
	if (entry.has_checksum && entry.checksum_at + 8 <= length)
		store_le64(message + entry.checksum_at,
			   hash_bytes(message + length, place->payload_length));
	if (entry.has_message_checksum && length >= ENTRY_MESSAGE_CHECKSUM_BYTES)
		entry_seal(message, length - ENTRY_MESSAGE_CHECKSUM_BYTES);
}

static void seal_records(uint8_t *data, size_t size)
{
	struct position places[RECORDS_MOST];
	size_t count = find_records(data, size, places);

	for (size_t i = 0; i < count; i++)
		seal_record(data, &places[i]);
}

/*
 * Replaces bytes by others. Returns the new size, or the old one if the result would be too large.
 */
static size_t replace(uint8_t *data, size_t size, size_t max_size, size_t at, size_t old_length,
		      const uint8_t *bytes, size_t length)
{
	if (size - old_length + length > max_size)
		return size;
	memmove(data + at + length, data + at + old_length, size - at - old_length);
	memcpy(data + at, bytes, length);
	return size - old_length + length;
}

/* Changes the message without its checksum, then writes both again. */
static size_t change_message(uint8_t *data, size_t size, size_t max_size,
			     const struct position *place)
{
	uint8_t record[4 + MESSAGE_MOST + ENTRY_MESSAGE_CHECKSUM_BYTES], *message = record + 4;
	size_t length = place->message_length;
	struct entry entry;

	if (length > MESSAGE_MOST)
		return size;
	memcpy(message, data + place->at + 4, length);
	entry_decode(&entry, PIMG_PIPE, message, (uint32_t)length, NULL);
	if (entry.has_message_checksum && length >= ENTRY_MESSAGE_CHECKSUM_BYTES)
		length -= ENTRY_MESSAGE_CHECKSUM_BYTES;
	length = LLVMFuzzerMutate(message, length, MESSAGE_MOST);
	if (entry.has_message_checksum)
		length = entry_seal(message, length);
	store_word(record, (uint32_t)length, order_of(data, size));
	return replace(data, size, max_size, place->at, 4 + place->message_length, record,
		       4 + length);
}

/* Appends a copy of the record. */
static size_t repeat_record(uint8_t *data, size_t size, size_t max_size,
			    const struct position *place)
{
	size_t length = end_of(place) - place->at;

	if (length > max_size - size)
		return size;
	memcpy(data + size, data + place->at, length);
	return size + length;
}

static size_t remove_record(uint8_t *data, size_t size, const struct position *place)
{
	memmove(data + place->at, data + end_of(place), size - end_of(place));
	return size - (end_of(place) - place->at);
}

static size_t change_record(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct position places[RECORDS_MOST];
	size_t count = find_records(data, size, places);
	const struct position *place;

	if (!count)
		return LLVMFuzzerMutate(data, size, max_size);
	place = &places[seed / 8 % count];
	switch (seed % 8) {
	case 0:
		return repeat_record(data, size, max_size, place);
	case 1:
		return remove_record(data, size, place);
	default:
		return change_message(data, size, max_size, place);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	/* The bits of the seed are used independently. */
	if (seed & 1)
		size = LLVMFuzzerMutate(data, size, max_size);
	else
		size = change_record(data, size, max_size, seed >> 4);
	if (seed & 6)
		seal_records(data, size);
	return size;
}
