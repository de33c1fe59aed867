/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as it is written, without a tree: the output of one command can be larger than memory.
 * Commas and line breaks come by themselves; what is open is the caller's to close.
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
	bool first; /* nothing stands in the innermost object or array yet */
	bool one_line;
};

struct json json_start(FILE *to);
/* All on one line: for a value a line (NDJSON). */
struct json json_start_line(FILE *to);
/* @key: null within an array */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* Bytes that are no UTF-8 become U+FFFD, one each. */
void json_string(struct json *json, const char *key, const char *value);
/* Begins a string of base64: then pieces, each but the last of a length divisible by three. */
void json_open_base64(struct json *json, const char *key);
void json_base64(struct json *json, const uint8_t *bytes, size_t length);
void json_close_base64(struct json *json);

/* The array "ends": pid, comm, fd, reads, writes, packet_mode, flags of each. */
struct pimg_ends;
void json_ends(struct json *json, const struct pimg_ends *ends, size_t count);

#endif
