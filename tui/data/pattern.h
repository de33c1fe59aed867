/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is searched for: text, bytes as "x:00 ff", or an extended regular expression as "r:a.*b". */
#ifndef TUI_DATA_PATTERN_H
#define TUI_DATA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeimg.h"

struct pattern;

/*
 * @text: as it was typed. Text without an upper case letter finds upper case too, and so does a regular
 *	expression; \n, \t, \\ and \xHH in text stand for those bytes
 * Returns null if it makes no sense.
 */
struct pattern *pattern_new(const char *text, struct pimg_error *error);
void pattern_free(struct pattern *pattern);
const char *pattern_text(const struct pattern *pattern);

/* Whether it is a regular expression, which takes longer. */
bool pattern_is_regex(const struct pattern *pattern);

/* Bytes that a place found is at most long: so many of two pieces of a chunk must overlap. */
size_t pattern_reach(const struct pattern *pattern);

struct match {
	size_t start, end;
};

/*
 * Finds the first place that begins at from or later.
 * @from: at most length
 * @is_start: the bytes are the first of a line, for ^
 * Places without a byte are passed over.
 */
bool pattern_find(const struct pattern *pattern, const void *bytes, size_t length, size_t from,
		  bool is_start, struct match *match);
/* Finds the last place that begins at from or later, and before limit. */
bool pattern_find_last(const struct pattern *pattern, const void *bytes, size_t length, size_t from,
		       size_t limit, bool is_start, struct match *match);
/* Sets the flags of all bytes that are found, a byte each, and clears the others. */
void pattern_flag(const struct pattern *pattern, const void *bytes, size_t length, uint8_t *flags);

#endif
