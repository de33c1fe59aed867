// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/json-rows.h"

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/escape.h"

#define DEPTH	   64
#define INDENT	   2U
#define CONTINUED  4U /* additional columns for what continues in the next row */
#define LEAST_ROOM 8U

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/*
 * json-c accepts control bytes in a string that has \u before them. Outside strings they are blanks, or
 * json-c rejects them.
 */
static bool has_control_in_string(const uint8_t *bytes, size_t length)
{
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		if (in_string && bytes[i] < 0x20)
			return true;
		if (in_string && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			in_string = !in_string;
	}
	return false;
}

/*
 * json-c only decides whether the bytes are JSON. The rows show the bytes themselves, because parsing and
 * printing can change a number and drops a duplicate name.
 */
bool json_rows_are_json(const uint8_t *bytes, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	size_t done = 0, values = 0;
	bool good = tokener != NULL;

	if (tokener)
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
							JSON_TOKENER_ALLOW_TRAILING_CHARS |
							JSON_TOKENER_VALIDATE_UTF8);
	while (good && done < length) {
		struct json_object *value;

		if (is_blank(bytes[done])) {
			done++;
			continue;
		}
		json_tokener_reset(tokener);
		/* Includes the zero after the bytes: without it, json-c expects that a number continues. */
		value = json_tokener_parse_ex(tokener, (const char *)bytes + done,
					      (int)(length - done + 1));
		good = json_tokener_get_error(tokener) == json_tokener_success;
		done += json_tokener_get_parse_end(tokener);
		json_object_put(value);
		values++;
	}
	if (tokener)
		json_tokener_free(tokener);
	return good && values && !has_control_in_string(bytes, length);
}

/* ---- parts ---- */

/* The position after the end of a string, or SIZE_MAX if the string is longer than the bytes. */
static size_t string_end(const uint8_t *bytes, size_t length, size_t from)
{
	for (size_t i = from; i < length; i++) {
		if (bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			return i + 1;
	}
	return SIZE_MAX;
}

/* The zero after the bytes ends the blanks at the latest. */
static bool is_before_colon(const uint8_t *bytes)
{
	while (is_blank(*bytes))
		bytes++;
	return *bytes == ':';
}

static bool is_sign(uint8_t byte)
{
	return byte && strchr("{}[],:", byte);
}

size_t json_rows_part(const uint8_t *bytes, size_t length, bool in_string, bool cuts_name,
		      enum json_part *part)
{
	size_t end = 0;

	if (is_sign(*bytes) && !in_string) {
		*part = JSON_SIGN;
		return 1;
	}
	if (is_blank(*bytes) && !in_string) {
		*part = JSON_BLANK;
		while (end < length && is_blank(bytes[end]))
			end++;
		return end;
	}
	if (*bytes != '"' && !in_string) {
		*part = JSON_OTHER;
		while (end < length && !is_blank(bytes[end]) && !is_sign(bytes[end]) &&
		       bytes[end] != '"')
			end++;
		return end;
	}
	end = string_end(bytes, length, !in_string);
	*part = (end == SIZE_MAX ? cuts_name : is_before_colon(bytes + end)) ? JSON_NAME
									     : JSON_STRING;
	return end == SIZE_MAX ? length : end;
}

/* ---- rows ---- */

struct maker {
	const uint8_t *bytes;
	size_t length;
	uint32_t width;
	struct row *rows;
	size_t count, room;
	uint32_t depth;
	size_t start; /* of the current row; SIZE_MAX if there is none yet */
	size_t end;   /* of the last part */
	bool failed;
};

static void add_row(struct maker *maker, const struct row *row)
{
	struct row *rows;

	if (maker->count == maker->room) {
		maker->room = maker->room * 2 + 64;
		rows = reallocarray(maker->rows, maker->room, sizeof(*rows));
		if (!rows) {
			maker->failed = true;
			maker->room = maker->count;
			return;
		}
		maker->rows = rows;
	}
	maker->rows[maker->count++] = *row;
}

/* Whether these bytes end within a string. */
static bool ends_in_string(const uint8_t *bytes, size_t length, bool in_string)
{
	for (size_t i = 0; i < length; i++) {
		if (in_string && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			in_string = !in_string;
	}
	return in_string;
}

/* A string that is split, possibly into very many rows. */
struct cut_string {
	size_t end; /* 0: none yet */
	bool is_name;
};

static bool cuts_name(const struct maker *maker, size_t at, struct cut_string *string)
{
	if (at >= string->end) {
		string->end = string_end(maker->bytes, maker->length, at);
		string->is_name =
			string->end <= maker->length && is_before_colon(maker->bytes + string->end);
	}
	return string->is_name;
}

/* How many bytes fit a row, without splitting an escape sequence. */
static size_t fitting(const struct maker *maker, size_t at, size_t end, uint32_t indent)
{
	size_t room = maker->width > indent + LEAST_ROOM ? maker->width - indent : LEAST_ROOM;
	size_t fits = escape_fitting(maker->bytes + at, end - at, room), slashes = 0;

	if (at + fits == end)
		return fits;
	while (slashes < fits && maker->bytes[at + fits - 1 - slashes] == '\\')
		slashes++;
	return fits - (slashes % 2 && fits > 1);
}

static void end_row(struct maker *maker, size_t end)
{
	size_t at = maker->start;
	struct row row = {.indent = (uint16_t)(maker->depth * INDENT)};
	struct cut_string string = {0};

	if (at == SIZE_MAX)
		return;
	while (at < end && !maker->failed) {
		size_t fits = fitting(maker, at, end, row.indent);
		bool goes_on = ends_in_string(maker->bytes + at, fits, row.in_string);

		row.offset = (uint32_t)at;
		row.length = (uint32_t)fits;
		row.cuts_name = goes_on && cuts_name(maker, at + fits, &string);
		add_row(maker, &row);
		row.in_string = goes_on;
		row.indent = (uint16_t)(maker->depth * INDENT + CONTINUED);
		at += fits;
	}
	maker->start = SIZE_MAX;
}

static size_t after_blanks(const struct maker *maker, size_t at)
{
	while (at < maker->length && is_blank(maker->bytes[at]))
		at++;
	return at;
}

static bool is_one_of(uint8_t byte, const char *signs)
{
	return byte && strchr(signs, byte);
}

/* Returns the position after the bracket, or after its end if the value is empty. */
static size_t open_value(struct maker *maker, size_t at)
{
	size_t next = after_blanks(maker, at + 1);

	if (next < maker->length && is_one_of(maker->bytes[next], "}]"))
		return next + 1;
	end_row(maker, at + 1);
	maker->depth++;
	return at + 1;
}

/* Returns the end of the part that begins at a byte, which is not a blank. */
static size_t take_part(struct maker *maker, size_t at)
{
	uint8_t byte = maker->bytes[at];
	enum json_part part;
	size_t length;

	if (is_one_of(byte, "}]")) {
		end_row(maker, maker->end);
		maker->depth -= maker->depth > 0;
	}
	if (maker->start == SIZE_MAX)
		maker->start = at;
	if (is_one_of(byte, "{["))
		return open_value(maker, at);
	if (byte == ',')
		end_row(maker, at + 1);
	length = json_rows_part(maker->bytes + at, maker->length - at, false, false, &part);
	/* json-c accepts names in single quotes, as JavaScript does; JSON does not. */
	if (part == JSON_OTHER && !is_one_of(byte, "-0123456789tfn"))
		maker->failed = true;
	return at + length;
}

bool json_rows_make(const uint8_t *bytes, size_t length, uint32_t width, struct row **rows,
		    size_t *count)
{
	struct maker maker = {.bytes = bytes, .length = length, .width = width, .start = SIZE_MAX};

	*rows = NULL;
	*count = 0;
	for (size_t at = after_blanks(&maker, 0); at < length; at = after_blanks(&maker, at)) {
		at = take_part(&maker, at);
		maker.end = at;
		/* Values at the top level each begin a row. */
		if (!maker.depth)
			end_row(&maker, at);
	}
	if (maker.failed) {
		free(maker.rows);
		return false;
	}
	*rows = maker.rows;
	*count = maker.count;
	return true;
}
