// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/json.h"

#include <inttypes.h>
#include <string.h>

#include "pipeimg-private.h"
#include "pipeimg.h"

struct json json_start(FILE *to)
{
	return (struct json){.to = to, .first = true};
}

struct json json_start_line(FILE *to)
{
	return (struct json){.to = to, .first = true, .one_line = true};
}

/* Length of the UTF-8 sequence at text, or 0 if it is invalid. */
static size_t utf8_length(const uint8_t *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] < 0x80	       ? 1
			: text[0] >> 5 == 6    ? 2
			: text[0] >> 4 == 0xe  ? 3
			: text[0] >> 3 == 0x1e ? 4
					       : 0;
	uint32_t code = length == 1 ? text[0] : text[0] & (0x7fU >> length);

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (length > 1 && (code < least[length] || code > 0x10ffff || code >> 11 == 0x1b))
		return 0;
	return length;
}

static void quote(FILE *to, const char *value)
{
	const uint8_t *at = (const uint8_t *)value;

	fputc('"', to);
	while (*at) {
		size_t length = utf8_length(at);

		if (!length) {
			fputs("\\ufffd", to);
			length = 1;
		} else if (*at < 0x20 || *at == 0x7f) {
			fprintf(to, "\\u%04x", *at);
		} else {
			if (*at == '"' || *at == '\\')
				fputc('\\', to);
			fwrite(at, 1, length, to);
		}
		at += length;
	}
	fputc('"', to);
}

static void break_line(const struct json *json)
{
	if (json->one_line)
		return;
	fputc('\n', json->to);
	for (unsigned i = 0; i < json->depth; i++)
		fputs("  ", json->to);
}

/* Writes the comma, line break and key before a value. */
static void lead(struct json *json, const char *key)
{
	if (!json->first)
		fputs(json->one_line ? ", " : ",", json->to);
	if (json->depth)
		break_line(json);
	json->first = false;
	if (key) {
		quote(json->to, key);
		fputs(": ", json->to);
	}
}

static void open_with(struct json *json, const char *key, char bracket)
{
	lead(json, key);
	fputc(bracket, json->to);
	json->depth++;
	json->first = true;
}

static void close_with(struct json *json, char bracket)
{
	bool empty = json->first;

	json->depth--;
	if (!empty)
		break_line(json);
	json->first = false;
	fputc(bracket, json->to);
	if (!json->depth)
		fputc('\n', json->to);
}

void json_open_object(struct json *json, const char *key)
{
	open_with(json, key, '{');
}

void json_close_object(struct json *json)
{
	close_with(json, '}');
}

void json_open_array(struct json *json, const char *key)
{
	open_with(json, key, '[');
}

void json_close_array(struct json *json)
{
	close_with(json, ']');
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	lead(json, key);
	fprintf(json->to, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	lead(json, key);
	fputs(value ? "true" : "false", json->to);
}

void json_null(struct json *json, const char *key)
{
	lead(json, key);
	fputs("null", json->to);
}

void json_string(struct json *json, const char *key, const char *value)
{
	lead(json, key);
	quote(json->to, value);
}

void json_open_base64(struct json *json, const char *key)
{
	lead(json, key);
	fputc('"', json->to);
}

void json_base64(struct json *json, const uint8_t *bytes, size_t length)
{
	enum { PIECE = 3072 };
	char text[PIMG_BASE64_ROOM(PIECE)] = {0};

	for (size_t at = 0; at < length; at += PIECE) {
		size_t count = length - at < PIECE ? length - at : PIECE;

		fwrite(text, 1, pimg_base64_encode(text, bytes + at, count), json->to);
	}
}

void json_close_base64(struct json *json)
{
	fputc('"', json->to);
}

void json_ends(struct json *json, const struct pimg_ends *ends, size_t count)
{
	json_open_array(json, "ends");
	for (size_t i = 0; i < count; i++) {
		const struct pimg_end *end = pimg_end_at(ends, i);

		json_open_object(json, NULL);
		json_number(json, "pid", end->pid);
		if (end->inner_pid)
			json_number(json, "inner_pid", end->inner_pid);
		json_string(json, "comm", end->comm);
		json_number(json, "fd", end->fd);
		json_bool(json, "reads", pimg_end_reads(end));
		json_bool(json, "writes", pimg_end_writes(end));
		json_bool(json, "packet_mode", pimg_end_packet_mode(end));
		json_number(json, "flags", end->flags);
		if (end->socket)
			json_number(json, "in_socket", end->socket);
		json_close_object(json);
	}
	json_close_array(json);
}
