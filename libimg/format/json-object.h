/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small JSON files of container engines: unreadable ones count as absent. */
#ifndef LIBIMG_FORMAT_JSON_OBJECT_H
#define LIBIMG_FORMAT_JSON_OBJECT_H

#include <json-c/json.h>
#include <stddef.h>

#include "io/source/source.h"

/* Null if the text is not JSON. */
struct json_object *json_object_of_text(const char *text, size_t length);
/*
 * Reads a whole file. Null if it is not JSON, or longer than most; a parsed value takes many times the memory
 * of its text.
 */
struct json_object *json_object_of_source(struct source *source, size_t most);
/* The array or object of that key, or null. */
struct json_object *json_object_of_key(struct json_object *object, const char *key,
				       enum json_type type);
/* The text of that key, which the object owns. Null if it does not exist, is not a string, or is empty. */
const char *json_text_of_key(struct json_object *object, const char *key);

#endif
