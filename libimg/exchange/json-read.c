// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/byte-order.h"
#include "base/error.h"
#include "exchange/json-entry.h"
#include "exchange/json-fields.h"
#include "exchange/json-queues.h"
#include "exchange/json-record.h"
#include "exchange/json-text.h"
#include "exchange/json.h"
#include "format/magic.h"

struct reading {
	struct json_text text;
	struct sink *sink;
	bool has_magic, has_byte_order, has_entries;
	bool was_ahead;		/* members after the entries were read first */
	struct image_head head; /* of the output */
	enum pimg_type type;
	uint64_t number; /* of the entry, from 1 */
	struct json_queues queues;
};

/* ---- its first bytes ---- */

static size_t pass_spaces(const uint8_t *data, size_t at, size_t there)
{
	while (at < there && memchr(" \t\r\n", data[at], 4))
		at++;
	return at;
}

bool json_is_next(struct source *source)
{
	const uint8_t *data;
	ssize_t there = source_peek(source, 256, &data, NULL);
	size_t at = there < 0 ? 0 : pass_spaces(data, 0, (size_t)there);

	return there > 0 && at < (size_t)there && data[at] == '{';
}

/* Whether it begins like the output of crit, so that it can be read once, in order. */
static bool begins_with_magic(struct source *source)
{
	static const char key[] = "\"magic\"";
	const uint8_t *data;
	ssize_t there = source_peek(source, 4096, &data, NULL);
	size_t at = there < 0 ? 0 : pass_spaces(data, 0, (size_t)there);

	if (there <= 0 || at == (size_t)there)
		return false;
	at = pass_spaces(data, at + 1, (size_t)there);
	return (size_t)there - at >= sizeof(key) - 1 && !memcmp(data + at, key, sizeof(key) - 1);
}

/* ---- entries ---- */

/* Wrong bytes are written too, because readers of the image report them. */
static int take_entry(struct reading *reading, struct json_object *object, struct json_entry *entry)
{
	struct pimg_error *error = reading->text.error;

	if (json_entry_parse(entry, reading->type, object, error) < 0)
		return -1;
	if (reading->type != PIMG_SOCKET &&
	    json_queues_add(&reading->queues, entry, reading->number, error) < 0)
		return -1;
	return json_record_write(entry, reading->sink, reading->head.byte_order, error);
}

static int read_entry(struct reading *reading)
{
	uint64_t offset = source_offset(reading->text.source);
	struct json_object *object = json_text_value(&reading->text);
	struct json_entry entry = {.has_id = false};
	int result;

	reading->number++;
	if (!object)
		return error_at(reading->text.error, reading->number, offset);
	result = take_entry(reading, object, &entry);
	if (result < 0 && entry.has_id)
		error_of_queue(reading->text.error, reading->type, json_entry_id(&entry));
	json_entry_release(&entry);
	json_object_put(object);
	return result < 0 ? error_at(reading->text.error, reading->number, offset) : 0;
}

static int read_array(struct reading *reading)
{
	bool first = true;
	int result;

	if (json_text_expect(&reading->text, '[', "\"entries\" is not an array") < 0 ||
	    magic_write(reading->sink, &reading->head, reading->text.error) < 0)
		return -1;
	while ((result = json_text_more(&reading->text, ']', &first)) > 0) {
		if (read_entry(reading) < 0)
			return -1;
	}
	return result < 0 ? -1 : json_queues_end(&reading->queues, reading->text.error);
}

/* ---- members ---- */

static int read_magic(struct reading *reading)
{
	struct json_object *value = json_text_value(&reading->text);
	const char *name = json_string_of(value);
	int result = -1;

	if (!value)
		return -1;
	if (!name || image_kind_by_name(name, &reading->head.kind) < 0 ||
	    !image_kind_is_queues(reading->head.kind, &reading->type)) {
		error_check(reading->text.error, CHECK_WRONG_TYPE,
			    "is JSON of an image of type %s, not of a queue image (PIPES_DATA, "
			    "FIFO_DATA, SK_QUEUES)",
			    name ? name : "unknown");
	} else {
		reading->has_magic = true;
		result = 0;
	}
	json_object_put(value);
	return result;
}

/* Reads a key and its colon. Returns a string that the caller releases, or null. */
static struct json_object *read_key(struct reading *reading)
{
	struct json_object *key = json_text_value(&reading->text);

	if (!key)
		return NULL;
	if (!json_string_of(key))
		json_text_fail(&reading->text, "a key that is not a string");
	else if (json_text_expect(&reading->text, ':', "a colon is missing") == 0 &&
		 json_text_next(&reading->text) != -2)
		return key;
	json_object_put(key);
	return NULL;
}

static int fail_without_magic(const struct reading *reading)
{
	return json_text_fail(&reading->text,
			      "no \"magic\", so it is not the output of crit decode");
}

static int fail_with_key(const struct reading *reading, const char *name)
{
	if (!strcmp(name, "magic") || !strcmp(name, "byte_order") || !strcmp(name, "entries"))
		return error_check(reading->text.error, CHECK_JSON, "a second \"%s\"", name);
	return error_check(reading->text.error, CHECK_JSON,
			   "%san unknown key \"%.64s\"; remove it (an image has only \"magic\", "
			   "\"byte_order\" and \"entries\")",
			   reading->has_magic ? "" : "no \"magic\" so far, but ", name);
}

/* The lengths of entries are stored in this order, so it must be known before the entries. */
static int read_byte_order(struct reading *reading)
{
	struct json_object *value;
	const char *name;

	if (reading->has_entries)
		return json_text_fail(&reading->text,
				      "\"byte_order\" after \"entries\"; move it before them");
	value = json_text_value(&reading->text);
	if (!value)
		return -1;
	name = json_string_of(value);
	reading->has_byte_order = name && byte_order_by_name(name, &reading->head.byte_order) == 0;
	json_object_put(value);
	return reading->has_byte_order
		       ? 0
		       : json_text_fail(&reading->text,
					"\"byte_order\" is neither \"little-endian\" nor "
					"\"big-endian\"");
}

/* Members that must come before the entries. */
static int read_head_member(struct reading *reading, const char *name)
{
	if (!strcmp(name, "magic") && !reading->has_magic)
		return read_magic(reading);
	if (!strcmp(name, "byte_order") && !reading->has_byte_order)
		return read_byte_order(reading);
	return fail_with_key(reading, name);
}

/* Keys may have been sorted, so everything except the entries is read first, wherever it is. */
static int read_ahead(struct reading *reading)
{
	uint64_t entries = source_offset(reading->text.source);
	bool first = false;
	int result;

	if (json_text_skip(&reading->text) < 0)
		return -1;
	while ((result = json_text_more(&reading->text, '}', &first)) > 0) {
		struct json_object *key = read_key(reading);

		result = key ? read_head_member(reading, json_string_of(key)) : -1;
		json_object_put(key);
		if (result < 0)
			return -1;
	}
	if (result < 0)
		return -1;
	if (!reading->has_magic)
		return fail_without_magic(reading);
	reading->was_ahead = true;
	return source_seek(reading->text.source, entries, reading->text.error);
}

static int read_entries(struct reading *reading)
{
	if (reading->has_entries)
		return fail_with_key(reading, "entries");
	if (!reading->has_magic && read_ahead(reading) < 0)
		return -1;
	reading->has_entries = true;
	return read_array(reading);
}

static int read_member(struct reading *reading)
{
	struct json_object *key = read_key(reading);
	const char *name = json_string_of(key);
	int result;

	if (!key)
		return -1;
	if (reading->was_ahead)
		result = json_text_skip(&reading->text);
	else if (!strcmp(name, "entries"))
		result = read_entries(reading);
	else
		result = read_head_member(reading, name);
	json_object_put(key);
	return result;
}

static int read_image(struct reading *reading)
{
	bool first = true;
	int result;

	if (json_text_expect(&reading->text, '{', "not a JSON object") < 0)
		return -1;
	while ((result = json_text_more(&reading->text, '}', &first)) > 0) {
		if (read_member(reading) < 0)
			return -1;
	}
	if (result < 0)
		return -1;
	if (!reading->has_magic)
		return fail_without_magic(reading);
	if (!reading->has_entries)
		return json_text_fail(&reading->text,
				      "no \"entries\", so it is not the output of crit decode");
	result = json_text_next(&reading->text);
	return result == -1   ? 0
	       : result == -2 ? -1
			      : json_text_fail(&reading->text, "text after the image");
}

int json_read(struct source *source, struct sink *sink, struct pimg_error *error)
{
	struct reading reading = {
		.text = {source, error},
		.sink = sink,
		.head.byte_order = BYTE_ORDER_HERE,
	};
	int result = 0;

	if (!begins_with_magic(source))
		result = source_keep(source, error);
	json_queues_start(&reading.queues);
	if (result == 0)
		result = read_image(&reading);
	json_queues_release(&reading.queues);
	return result < 0 ? error_in_file(error, source_name(source)) : 0;
}
