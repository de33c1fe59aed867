/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests, their keys, and the names of both. */
#ifndef TUI_TERMINAL_KEYS_H
#define TUI_TERMINAL_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum request {
	REQUEST_NONE,
#define GROUP(title)
#define REQUEST(constant, name, keys, help) REQUEST_##constant,
#include "terminal/requests.def"
#undef REQUEST
#undef GROUP
};

/* A line of the table of requests; only the title of a group if request is REQUEST_NONE. */
struct request_line {
	enum request request;
	const char *name; /* or the title */
	const char *keys;
	const char *help;
};

size_t request_line_count(void);
/* @number: from 0, less than the count. */
const struct request_line *request_line(size_t number);

const char *request_name(enum request request);
/* Accepts an abbreviation. Returns REQUEST_NONE if none matches, or several do. */
enum request request_by_name(const char *name);

/*
 * A key is a character of the locale, or KEY_CODE plus a curses code (KEY_UP), so that the two cannot be
 * confused.
 */
#define KEY_CODE   0x1000000
#define KEY_ESCAPE 27

enum request request_by_key(int key);
/* The name of the first key of a request, or "". Terminated, and truncated to size. */
const char *request_key_name(enum request request, char *name, size_t size);
/* The key with a name of that length: "j", "^D", "PgUp", "F10". Returns -1 if there is none. */
int key_by_name(const char *name, size_t length);

#endif
