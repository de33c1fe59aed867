// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/json-unknown.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "exchange/json-fields.h"
#include "format/wire.h"

void json_unknown_release(ProtobufCMessage *message)
{
	for (size_t i = 0; i < message->n_unknown_fields; i++)
		free(message->unknown_fields[i].data);
	free(message->unknown_fields);
}

/* Returns the end of the field, or null unless the field fills data exactly. */
static const uint8_t *check_unknown(const uint8_t *data, size_t length, struct wire_field *field)
{
	const uint8_t *end = data + length;
	const uint8_t *after = wire_read_field(data, end, field);

	if (after && field->wire == WIRE_GROUP_START)
		after = wire_skip_group(after, end);
	return after == end && field->wire != WIRE_GROUP_END && field->number ? after : NULL;
}

int json_unknown_of_message(struct json_object *object, ProtobufCMessage *message,
			    struct pimg_error *error)
{
	struct json_object *array;

	if (json_get_array(object, "unknown", &array, error) < 0)
		return -1;
	message->unknown_fields =
		calloc(json_array_size(array) + 1, sizeof(*message->unknown_fields));
	if (!message->unknown_fields)
		return error_memory(error);
	for (size_t i = 0; i < json_array_size(array); i++) {
		ProtobufCMessageUnknownField *field = &message->unknown_fields[i];
		struct wire_field found = {0};
		const uint8_t *after_key;
		uint64_t key;

		field->data = json_get_bytes(json_object_array_get_idx(array, i), "unknown",
					     &field->len, error);
		message->n_unknown_fields = (unsigned)i + 1;
		if (!field->data)
			return -1;
		if (!check_unknown(field->data, field->len, &found) ||
		    protobuf_c_message_descriptor_get_field(message->descriptor, found.number))
			return json_bad_field("unknown", error);
		after_key = wire_varint(field->data, field->data + field->len, &key);
		field->tag = (uint32_t)key >> 3;
		field->wire_type = (ProtobufCWireType)(key & 7);
		field->len -= (size_t)(after_key - field->data);
		memmove(field->data, after_key, field->len);
	}
	return 0;
}

int json_unknown_of_entry(struct json_object *object, const ProtobufCMessageDescriptor *descriptor,
			  uint8_t **bytes, size_t *length, struct pimg_error *error)
{
	struct json_object *array;

	if (json_get_array(object, "unknown", &array, error) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(array); i++) {
		_cleanup_free_ uint8_t *one = NULL;
		struct wire_field field = {0};
		uint8_t *grown;
		size_t more;

		one = json_get_bytes(json_object_array_get_idx(array, i), "unknown", &more, error);
		if (!one)
			return -1;
		if (!check_unknown(one, more, &field) ||
		    protobuf_c_message_descriptor_get_field(descriptor, field.number))
			return json_bad_field("unknown", error);
		grown = realloc(*bytes, *length + more);
		if (!grown)
			return error_memory(error);
		*bytes = grown;
		memcpy(*bytes + *length, one, more);
		*length += more;
	}
	return 0;
}
