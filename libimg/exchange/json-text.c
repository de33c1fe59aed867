// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/json-text.h"

#include <string.h>

#include "base/error.h"

#define ENTRY_TEXT_MAX (24U * 1024 * 1024)

/*
 * A value takes many times the memory of its text. The longest meaningful list contains the chunks of a
 * pipe with a capacity of 2^31 bytes.
 */
#define ENTRY_VALUES_MAX (600U * 1000)

int json_text_fail(const struct json_text *text, const char *what)
{
	error_check(text->error, CHECK_JSON, "%s", what);
	return error_at(text->error, (uint64_t)PIMG_NONE, source_offset(text->source));
}

/* ---- bytes ---- */

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

int json_text_next(const struct json_text *text)
{
	for (;;) {
		const uint8_t *data;
		ssize_t there = source_peek(text->source, 1, &data, text->error);

		if (there <= 0)
			return there < 0 ? -2 : -1;
		for (ssize_t i = 0; i < there; i++) {
			if (is_space(data[i]))
				continue;
			source_consume(text->source, (size_t)i);
			return data[i];
		}
		source_consume(text->source, (size_t)there);
	}
}

int json_text_expect(const struct json_text *text, char wanted, const char *what)
{
	int byte = json_text_next(text);

	if (byte == -2)
		return -1;
	if (byte != (uint8_t)wanted)
		return json_text_fail(text, what);
	source_consume(text->source, 1);
	return 0;
}

int json_text_more(const struct json_text *text, char end, bool *first)
{
	int byte = json_text_next(text);
	bool was_first = *first;

	*first = false;
	if (byte == -2)
		return -1;
	if (byte == (uint8_t)end) {
		source_consume(text->source, 1);
		return 0;
	}
	if (was_first)
		return 1;
	if (byte != ',')
		return json_text_fail(text, "a comma is missing");
	source_consume(text->source, 1);
	return json_text_next(text) == -2 ? -1 : 1;
}

/* ---- values ---- */

/* The size of a value, determined from its text before it is parsed. */
struct extent {
	size_t length;	/* 0 if its end was not found */
	size_t values;	/* in it, or a few more */
	size_t members; /* of all objects in it */
};

/* True if an odd number of backslashes comes before the byte. */
static bool is_escaped(const uint8_t *data, size_t at)
{
	size_t before = at;

	while (before && data[before - 1] == '\\')
		before--;
	return (at - before) & 1;
}

static struct extent measure(const uint8_t *data, size_t there)
{
	struct extent extent = {0};
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < there; i++) {
		if (in_string) {
			const uint8_t *end = memchr(data + i, '"', there - i);

			if (!end)
				return extent;
			i = (size_t)(end - data);
			in_string = is_escaped(data, i);
			if (in_string)
				continue;
		} else if (data[i] == '"') {
			in_string = true;
			continue;
		} else if (data[i] == '{' || data[i] == '[') {
			depth++;
			extent.values++;
			continue;
		} else if (data[i] == '}' || data[i] == ']') {
			depth -= depth > 0;
		} else {
			extent.values += data[i] == ',';
			extent.members += data[i] == ':';
			continue;
		}
		if (!depth) {
			extent.length = i + 1;
			break;
		}
	}
	return extent;
}

static size_t count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			count += 1 + count_members(member);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	}
	return count;
}

static struct json_object *parse(const struct json_text *text, const char *bytes, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *value;

	if (!tokener) {
		error_memory(text->error);
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	value = json_tokener_parse_ex(tokener, bytes, (int)length);
	if (!value)
		json_text_fail(text, json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	return value;
}

struct json_object *json_text_value(const struct json_text *text)
{
	struct extent extent;
	struct json_object *value;
	const uint8_t *data;
	size_t wanted = 4096;
	ssize_t there;

	/* The window is doubled each time, so that the search for the end stays linear. */
	for (;;) {
		there = source_peek(text->source, wanted, &data, text->error);
		if (there < 0)
			return NULL;
		extent = measure(data, (size_t)there);
		if (extent.length || (size_t)there < wanted)
			break;
		if (wanted > ENTRY_TEXT_MAX) {
			json_text_fail(text,
				       "an entry of more than 24 MiB of text: records of more than "
				       "16 MiB cannot be read from JSON");
			return NULL;
		}
		wanted = (size_t)there * 2;
	}
	if (!extent.length || extent.values > ENTRY_VALUES_MAX) {
		json_text_fail(text, extent.length ? "an entry of more values than any queue needs"
						   : "the text ends within a value");
		return NULL;
	}
	value = parse(text, (const char *)data, extent.length);
	/* json-c keeps the last of several members with the same name, without an error. */
	if (value && count_members(value) != extent.members) {
		json_text_fail(text, "a key appears twice in one object; remove one of them");
		json_object_put(value);
		return NULL;
	}
	if (value)
		source_consume(text->source, extent.length);
	return value;
}

/* ---- skipping ---- */

struct passing {
	bool in_string, escaped;
	size_t depth;
};

/* True if the byte is the last of the value. */
static bool passes_last(struct passing *passing, uint8_t byte)
{
	if (passing->in_string) {
		bool ends = byte == '"' && !passing->escaped;

		passing->escaped = byte == '\\' && !passing->escaped;
		passing->in_string = !ends;
		return ends && !passing->depth;
	}
	if (byte == '"')
		passing->in_string = true;
	else if (byte == '{' || byte == '[')
		passing->depth++;
	else if (byte == '}' || byte == ']')
		return !passing->depth || !--passing->depth;
	return false;
}

int json_text_skip(const struct json_text *text)
{
	struct passing passing = {0};

	for (;;) {
		const uint8_t *data;
		ssize_t there = source_peek(text->source, 1, &data, text->error);

		if (there < 0)
			return -1;
		if (!there)
			return json_text_fail(text, "the text ends within a value");
		for (ssize_t i = 0; i < there; i++) {
			if (!passes_last(&passing, data[i]))
				continue;
			source_consume(text->source, (size_t)i + 1);
			return 0;
		}
		source_consume(text->source, (size_t)there);
	}
}
