/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON without building a tree, because the output of a command can be larger than memory.
 * Commas and line breaks are added automatically; the caller must close what it opens.
 */
#ifndef TOOLS_SHARED_JSON_H
#define TOOLS_SHARED_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *to;
	unsigned depth;
	bool first; /* the innermost object or array is still empty */
	bool one_line;
};

struct json json_start(FILE *to);
/* Writes the value on one line, for NDJSON. */
struct json json_start_line(FILE *to);
/* @key: null within an array */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* Each byte that is not valid UTF-8 becomes U+FFFD. */
void json_string(struct json *json, const char *key, const char *value);
/* Begins a base64 string. The length of each piece, except the last, must be a multiple of three. */
void json_open_base64(struct json *json, const char *key);
void json_base64(struct json *json, const uint8_t *bytes, size_t length);
void json_close_base64(struct json *json);

/* Writes the array "ends". */
struct pimg_ends;
void json_ends(struct json *json, const struct pimg_ends *ends, size_t count);

#endif
