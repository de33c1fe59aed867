/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads JSON from a source value by value, so that only one record is in memory, not the image: a record of
 * 16 MiB is 23 MiB of base64. The objects and arrays around the records are read token by token.
 */
#ifndef LIBIMG_EXCHANGE_JSON_TEXT_H
#define LIBIMG_EXCHANGE_JSON_TEXT_H

#include <json-c/json.h>

#include "io/source/source.h"

struct json_text {
	struct source *source;
	struct pimg_error *error;
};

/* Fails with this message and the current offset. Returns -1. */
int json_text_fail(const struct json_text *text, const char *what);
/* Skips white space. Returns the byte after it, -1 at the end of the text, or -2. */
int json_text_next(const struct json_text *text);
/* Skips white space and the wanted character, or fails with the message. Returns 0 or -1. */
int json_text_expect(const struct json_text *text, char wanted, const char *what);
/* Skips a comma or the end of an array or object. Returns 1, 0 at the end, or -1. */
int json_text_more(const struct json_text *text, char end, bool *first);
/* Parses the next object, array or string completely. Returns null on failure. */
struct json_object *json_text_value(const struct json_text *text);
/* Skips the next object, array or string of any length. Returns 0 or -1. */
int json_text_skip(const struct json_text *text);

#endif
