// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/json-object.h"

struct json_object *json_object_of_text(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *value = NULL;

	if (tokener)
		value = json_tokener_parse_ex(tokener, text, (int)length);
	json_tokener_free(tokener);
	return value;
}

struct json_object *json_object_of_source(struct source *source, size_t most)
{
	const uint8_t *data;
	ssize_t there = source_peek(source, most + 1, &data, NULL);

	if (there <= 0 || there > (ssize_t)most)
		return NULL;
	return json_object_of_text((const char *)data, (size_t)there);
}

struct json_object *json_object_of_key(struct json_object *object, const char *key,
				       enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *json_text_of_key(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_of_key(object, key, json_type_string);

	return json_object_get_string_len(value) ? json_object_get_string(value) : NULL;
}
