/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns: text, bytes as in "x:00 ff", or an extended regular expression as in "r:a.*b". */
#ifndef TUI_DATA_PATTERN_H
#define TUI_DATA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeimg.h"

struct pattern;

/*
 * @text: as typed. Text, or a regular expression, without upper-case letters ignores case; \n, \t, \\ and
 *	\xHH in text represent those bytes
 * Returns null if it is invalid.
 */
struct pattern *pattern_new(const char *text, struct pimg_error *error);
void pattern_free(struct pattern *pattern);
const char *pattern_text(const struct pattern *pattern);

/* Whether it is a regular expression, which is slower to search for. */
bool pattern_is_regex(const struct pattern *pattern);

/* The greatest length of a match: two pieces of a chunk must overlap by as much. */
size_t pattern_reach(const struct pattern *pattern);

struct match {
	size_t start, end;
};

/*
 * Finds the first match that begins at from or later. Empty matches are skipped.
 * @from: at most length
 * @is_start: the bytes begin a line, for ^
 */
bool pattern_find(const struct pattern *pattern, const void *bytes, size_t length, size_t from,
		  bool is_start, struct match *match);
/* Finds the last match that begins at from or later, but before limit. */
bool pattern_find_last(const struct pattern *pattern, const void *bytes, size_t length, size_t from,
		       size_t limit, bool is_start, struct match *match);
/* Sets the flag of each byte that is part of a match, and clears the others. */
void pattern_flag(const struct pattern *pattern, const void *bytes, size_t length, uint8_t *flags);

#endif
