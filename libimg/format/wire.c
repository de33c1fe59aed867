// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/wire.h"

const uint8_t *wire_long_varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
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

const uint8_t *wire_read_field(const uint8_t *at, const uint8_t *end, struct wire_field *field)
{
	uint64_t key, length;

	at = wire_varint(at, end, &key);
	if (!at || key >> 3 == 0 || key >> 3 > (1U << 29) - 1)
		return NULL;
	field->number = (uint32_t)(key >> 3);
	field->wire = (enum wire)(key & 7);
	switch (field->wire) {
	case WIRE_VARINT:
		return wire_varint(at, end, &field->value);
	case WIRE_FIXED64:
		return wire_fixed64(at, end, &field->value);
	case WIRE_FIXED32:
		return end - at < 4 ? NULL : at + 4;
	case WIRE_BYTES:
		at = wire_varint(at, end, &length);
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

/* Without recursion: groups can be nested as deep as a message is long. */
const uint8_t *wire_skip_group(const uint8_t *at, const uint8_t *end)
{
	uint64_t depth = 1;
	struct wire_field field;

	while (at && depth) {
		at = wire_read_field(at, end, &field);
		if (!at)
			return NULL;
		depth += field.wire == WIRE_GROUP_START;
		depth -= field.wire == WIRE_GROUP_END;
	}
	return at;
}

const uint8_t *wire_next_field(const uint8_t *at, const uint8_t *end, struct wire_field *field)
{
	for (;;) {
		at = wire_read_field(at, end, field);
		if (!at || field->wire == WIRE_GROUP_END)
			return NULL;
		if (field->wire != WIRE_GROUP_START)
			return at;
		at = wire_skip_group(at, end);
		if (!at)
			return NULL;
		if (at == end) {
			field->number = 0; /* no more fields */
			return at;
		}
	}
}

size_t wire_put_key(uint8_t *at, uint32_t number, enum wire wire)
{
	uint32_t key = number << 3 | (uint32_t)wire;
	size_t length = 0;

	for (; key > 0x7f; key >>= 7)
		at[length++] = (uint8_t)(key | 0x80);
	at[length++] = (uint8_t)key;
	return length;
}
