/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images written byte by byte from the format's rules, not with the library. Include after
 * cmocka.h.
 */
#ifndef TESTS_UNIT_IMAGE_BYTES_H
#define TESTS_UNIT_IMAGE_BYTES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

struct bytes {
	uint8_t *data;
	size_t length, room;
};

static inline void bytes_release(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}

static inline void put_bytes(struct bytes *bytes, const void *data, size_t length)
{
	if (bytes->length + length > bytes->room) {
		bytes->room = (bytes->length + length) * 2;
		bytes->data = realloc(bytes->data, bytes->room);
		if (!bytes->data)
			abort();
	}
	if (length)
		memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
}

/* The low bytes of value, little-endian. */
static inline void put_fixed(struct bytes *bytes, uint64_t value, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put_bytes(bytes, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static inline void put_varint(struct bytes *bytes, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		put_bytes(bytes, &(uint8_t){(uint8_t)(value | 0x80)}, 1);
	put_bytes(bytes, &(uint8_t){(uint8_t)value}, 1);
}

enum { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_GROUP, WIRE_GROUP_END, WIRE_FIXED32 };

static inline void put_key(struct bytes *bytes, uint32_t field, unsigned wire)
{
	put_varint(bytes, (uint64_t)field << 3 | wire);
}

static inline void put_number(struct bytes *bytes, uint32_t field, uint64_t value)
{
	put_key(bytes, field, WIRE_VARINT);
	put_varint(bytes, value);
}

static inline void put_nested(struct bytes *bytes, uint32_t field, const void *data, size_t length)
{
	put_key(bytes, field, WIRE_BYTES);
	put_varint(bytes, length);
	put_bytes(bytes, data, length);
}

enum {
	MAGIC_COMMON = 0x54564319,
	MAGIC_PIPES_DATA = 0x56453709,
	MAGIC_FIFO_DATA = 0x59333054,
	MAGIC_SK_QUEUES = 0x56264026,
	MAGIC_PSTREE = 0x50273030,
};

static inline void put_magic(struct bytes *bytes, uint32_t type)
{
	put_fixed(bytes, MAGIC_COMMON, 4);
	put_fixed(bytes, type, 4);
}

static inline void put_record(struct bytes *bytes, const struct bytes *message, const void *payload,
			      size_t length)
{
	put_fixed(bytes, message->length, 4);
	put_bytes(bytes, message->data, message->length);
	put_bytes(bytes, payload, length);
}

static inline struct bytes read_file(const char *name)
{
	FILE *file = fopen(scratch_path(name), "re");
	struct bytes bytes = {0};
	uint8_t piece[4096];
	size_t got;

	assert_non_null(file);
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
		put_bytes(&bytes, piece, got);
	fclose(file);
	return bytes;
}

#endif
