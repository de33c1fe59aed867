// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/keys.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct request_line lines[] = {
#define GROUP(title)			    {.name = title},
#define REQUEST(constant, name, keys, help) {REQUEST_##constant, name, keys, help},
#include "terminal/requests.def"
#undef REQUEST
#undef GROUP
};

#define LINE_COUNT (sizeof(lines) / sizeof(*lines))

static const struct {
	const char *name;
	int key;
} named_keys[] = {
	{"Enter", '\r'},
	{"Tab", '\t'},
	{"Space", ' '},
	{"Esc", KEY_ESCAPE},
	{"Up", KEY_CODE + KEY_UP},
	{"Down", KEY_CODE + KEY_DOWN},
	{"Left", KEY_CODE + KEY_LEFT},
	{"Right", KEY_CODE + KEY_RIGHT},
	{"PgUp", KEY_CODE + KEY_PPAGE},
	{"PgDn", KEY_CODE + KEY_NPAGE},
	{"Home", KEY_CODE + KEY_HOME},
	{"End", KEY_CODE + KEY_END},
};

size_t request_line_count(void)
{
	return LINE_COUNT;
}

const struct request_line *request_line(size_t number)
{
	return &lines[number];
}

static const struct request_line *line_of(enum request request)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (request != REQUEST_NONE && lines[i].request == request)
			return &lines[i];
	}
	return NULL;
}

const char *request_name(enum request request)
{
	const struct request_line *line = line_of(request);

	return line ? line->name : "";
}

enum request request_by_name(const char *name)
{
	enum request found = REQUEST_NONE;
	size_t length = strlen(name), candidates = 0;

	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (lines[i].request == REQUEST_NONE || strncmp(lines[i].name, name, length))
			continue;
		if (!lines[i].name[length])
			return lines[i].request;
		found = lines[i].request;
		candidates++;
	}
	return length && candidates == 1 ? found : REQUEST_NONE;
}

int key_by_name(const char *name, size_t length)
{
	if (length == 1)
		return (unsigned char)name[0];
	if (length == 2 && name[0] == '^')
		return name[1] & 0x1f;
	if (length >= 2 && name[0] == 'F')
		return KEY_CODE + KEY_F(atoi(name + 1));
	for (size_t i = 0; i < sizeof(named_keys) / sizeof(*named_keys); i++) {
		if (strlen(named_keys[i].name) == length &&
		    !memcmp(named_keys[i].name, name, length))
			return named_keys[i].key;
	}
	return -1;
}

static bool line_has_key(const struct request_line *line, int key)
{
	const char *keys = line->keys;

	while (keys && *keys) {
		size_t length = strcspn(keys, " ");

		if (key_by_name(keys, length) == key)
			return true;
		keys += length + (keys[length] == ' ');
	}
	return false;
}

enum request request_by_key(int key)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (line_has_key(&lines[i], key))
			return lines[i].request;
	}
	return REQUEST_NONE;
}

const char *request_key_name(enum request request, char *name, size_t size)
{
	const struct request_line *line = line_of(request);

	snprintf(name, size, "%.*s", line ? (int)strcspn(line->keys, " ") : 0,
		 line ? line->keys : "");
	return name;
}
