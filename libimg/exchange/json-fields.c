// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/json-fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "exchange/base64.h"

struct json_object *json_member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

const char *json_string_of(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

size_t json_array_size(struct json_object *value)
{
	return value ? json_object_array_length(value) : 0;
}

int json_to_number(struct json_object *value, uint64_t max, uint64_t *number)
{
	const char *text;
	char *end;

	if (json_object_is_type(value, json_type_int)) {
		*number = json_object_get_uint64(value);
		return json_object_get_int64(value) < 0 || *number > max ? -1 : 0;
	}
	text = json_string_of(value);
	if (!text || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return errno || *end || *number > max ? -1 : 0;
}

int json_bad_field(const char *key, struct pimg_error *error)
{
	return error_check(error, CHECK_JSON, "\"%s\" has an invalid value", key);
}

static int get_number(struct json_object *object, const char *key, uint64_t max, uint64_t *number,
		      struct pimg_error *error)
{
	struct json_object *value = json_member(object, key);

	if (!value)
		return 0;
	return json_to_number(value, max, number) < 0 ? json_bad_field(key, error) : 1;
}

int json_get_u64(struct json_object *object, const char *key, uint64_t *number,
		 struct pimg_error *error)
{
	return get_number(object, key, UINT64_MAX, number, error);
}

int json_get_u32(struct json_object *object, const char *key, int *has, uint32_t *number,
		 struct pimg_error *error)
{
	uint64_t value = 0;
	int result = get_number(object, key, UINT32_MAX, &value, error);

	*number = (uint32_t)value;
	if (has)
		*has = result > 0;
	return result;
}

int json_need_u32(struct json_object *object, const char *key, uint32_t *number,
		  struct pimg_error *error)
{
	int result = json_get_u32(object, key, NULL, number, error);

	if (result)
		return result < 0 ? -1 : 0;
	return error_check(error, CHECK_JSON, "an entry without the required \"%s\"", key);
}

int json_get_array(struct json_object *object, const char *key, struct json_object **array,
		   struct pimg_error *error)
{
	*array = json_member(object, key);
	if (!json_object_object_get_ex(object, key, NULL) ||
	    json_object_is_type(*array, json_type_array))
		return 0;
	return json_bad_field(key, error);
}

uint8_t *json_get_bytes(struct json_object *value, const char *key, size_t *length,
			struct pimg_error *error)
{
	const char *text = value ? json_string_of(value) : "";
	size_t text_length = value ? (size_t)json_object_get_string_len(value) : 0;
	uint8_t *data = malloc(text_length / 4 * 3 + 3);
	ssize_t decoded = text && data ? base64_decode(data, text, text_length) : -1;

	if (decoded >= 0) {
		*length = (size_t)decoded;
		return data;
	}
	if (data)
		json_bad_field(key, error);
	else
		error_memory(error);
	free(data);
	return NULL;
}

/* ---- keys ---- */

static bool is_among(const char *key, const char *const *keys)
{
	for (; *keys; keys++) {
		if (!strcmp(key, *keys))
			return true;
	}
	return false;
}

int json_check_keys(struct json_object *object, const char *const *keys, const char *name,
		    struct pimg_error *error)
{
	if (!json_object_is_type(object, json_type_object))
		return name ? json_bad_field(name, error)
			    : error_check(error, CHECK_JSON, "an entry that is not an object");
	json_object_object_foreach(object, key, value)
	{
		(void)value;
		if (!is_among(key, keys))
			return error_check(error, CHECK_JSON,
					   "unknown key \"%.64s\"%s%s, which an image cannot keep; "
					   "remove it",
					   key, name ? " in " : "", name ? name : "");
	}
	return 0;
}
