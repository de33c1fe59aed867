/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The encoding of protobuf messages, read in place. Functions return the byte after the bytes that they
 * read, or null if these are invalid.
 */
#ifndef LIBIMG_FORMAT_WIRE_H
#define LIBIMG_FORMAT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte-order.h"

/* Wire types of protobuf. */
enum wire {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_GROUP_START = 3,
	WIRE_GROUP_END = 4,
	WIRE_FIXED32 = 5,
};

struct wire_field {
	uint32_t number;
	enum wire wire;
	uint64_t value;	     /* of an integer */
	const uint8_t *data; /* of bytes */
	uint32_t length;
};

const uint8_t *wire_long_varint(const uint8_t *at, const uint8_t *end, uint64_t *value);

static inline const uint8_t *wire_varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
	/* Most have one or two bytes. */
	if (end - at >= 2 && !(at[0] & 0x80)) {
		*value = at[0];
		return at + 1;
	}
	if (end - at >= 2 && !(at[1] & 0x80)) {
		*value = (at[0] & 0x7fU) | (uint64_t)at[1] << 7;
		return at + 2;
	}
	return wire_long_varint(at, end, value);
}

static inline const uint8_t *wire_fixed64(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
	if (end - at < 8)
		return NULL;
	*value = load_le64(at);
	return at + 8;
}

/* Reads a field's key and value; the start and the end of a group are separate fields. */
const uint8_t *wire_read_field(const uint8_t *at, const uint8_t *end, struct wire_field *field);
/* Writes a field's key. Returns its length, no more than WIRE_KEY_BYTES. */
#define WIRE_KEY_BYTES 5
size_t wire_put_key(uint8_t *at, uint32_t number, enum wire wire);

/* Skips the rest of a group after its start, however deep. Ends are matched only by count. */
const uint8_t *wire_skip_group(const uint8_t *at, const uint8_t *end);
/* Reads the next field that is not a group; its number is 0 if only groups were left. */
const uint8_t *wire_next_field(const uint8_t *at, const uint8_t *end, struct wire_field *field);

#endif
