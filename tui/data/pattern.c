// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/pattern.h"

#include <ctype.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeimg-private.h"
#include "terminal/trouble.h"

#define REGEX_REACH 4096

struct pattern {
	char *text;
	bool is_regex;
	regex_t regex;
	/* Otherwise: the bytes, case-folded, and how far a search may skip after a mismatch. */
	uint8_t *bytes;
	size_t length;
	uint8_t fold[256];
	size_t steps[256];
};

static bool has_upper(const char *text)
{
	for (; *text; text++) {
		if (isascii((unsigned char)*text) && isupper((unsigned char)*text))
			return true;
	}
	return false;
}

/* ---- parsing ---- */

static int parse_hex(struct pattern *pattern, const char *text, struct pimg_error *error)
{
	for (; *text; text++) {
		int byte = pimg_hex_byte(text);

		if (isspace((unsigned char)*text))
			continue;
		if (byte < 0)
			return trouble(error, "x: takes bytes as pairs of hex digits");
		pattern->bytes[pattern->length++] = (uint8_t)byte;
		text++;
	}
	return 0;
}

/* Parses a backslash escape. Returns how many characters it has. */
static size_t parse_escape(const char *text, uint8_t *byte)
{
	static const char names[] = "ntr0\\", bytes[] = "\n\t\r\0\\";
	const char *found = text[1] ? strchr(names, text[1]) : NULL;
	int value;

	if (found) {
		*byte = (uint8_t)bytes[found - names];
		return 2;
	}
	value = text[1] == 'x' ? pimg_hex_byte(text + 2) : -1;
	if (value < 0) {
		*byte = '\\';
		return 1;
	}
	*byte = (uint8_t)value;
	return 4;
}

static void parse_text(struct pattern *pattern, const char *text)
{
	while (*text) {
		uint8_t byte = (uint8_t)*text;
		size_t taken = byte == '\\' ? parse_escape(text, &byte) : 1;

		pattern->bytes[pattern->length++] = byte;
		text += taken;
	}
}

static void prepare_fold(struct pattern *pattern, bool ignore_case)
{
	for (unsigned i = 0; i < 256; i++)
		pattern->fold[i] = (uint8_t)(ignore_case && i >= 'A' && i <= 'Z' ? i | 0x20 : i);
}

static void prepare_steps(struct pattern *pattern)
{
	for (size_t i = 0; i < 256; i++)
		pattern->steps[i] = pattern->length;
	for (size_t i = 0; i < pattern->length; i++) {
		pattern->bytes[i] = pattern->fold[pattern->bytes[i]];
		if (i + 1 < pattern->length)
			pattern->steps[pattern->bytes[i]] = pattern->length - 1 - i;
	}
}

static int parse_bytes(struct pattern *pattern, struct pimg_error *error)
{
	bool is_hex = !strncmp(pattern->text, "x:", 2);

	pattern->bytes = malloc(strlen(pattern->text) + 1);
	if (!pattern->bytes)
		return trouble(error, "no memory");
	if (!is_hex)
		parse_text(pattern, pattern->text);
	else if (parse_hex(pattern, pattern->text + 2, error) < 0)
		return -1;
	if (!pattern->length)
		return trouble(error, "the search text is empty");
	prepare_fold(pattern, !is_hex && !has_upper(pattern->text));
	prepare_steps(pattern);
	return 0;
}

static int parse_regex(struct pattern *pattern, struct pimg_error *error)
{
	const char *text = pattern->text + 2;
	int flags = REG_EXTENDED | REG_NEWLINE | (has_upper(text) ? 0 : REG_ICASE), result;
	char reason[128];

	result = regcomp(&pattern->regex, text, flags);
	pattern->is_regex = !result;
	if (!result)
		return 0;
	regerror(result, &pattern->regex, reason, sizeof(reason));
	return trouble(error, "regular expression: %s", reason);
}

struct pattern *pattern_new(const char *text, struct pimg_error *error)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	int result;

	if (pattern)
		pattern->text = strdup(text);
	if (!pattern || !pattern->text) {
		free(pattern);
		trouble(error, "no memory");
		return NULL;
	}
	result =
		!strncmp(text, "r:", 2) ? parse_regex(pattern, error) : parse_bytes(pattern, error);
	if (result < 0) {
		pattern_free(pattern);
		return NULL;
	}
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	if (pattern->is_regex)
		regfree(&pattern->regex);
	free(pattern->bytes);
	free(pattern->text);
	free(pattern);
}

const char *pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

bool pattern_is_regex(const struct pattern *pattern)
{
	return pattern->is_regex;
}

size_t pattern_reach(const struct pattern *pattern)
{
	return pattern->is_regex ? REGEX_REACH : pattern->length;
}

/* ---- matching ---- */

static bool fits(const struct pattern *pattern, const uint8_t *bytes)
{
	for (size_t i = 0; i < pattern->length; i++) {
		if (pattern->fold[bytes[i]] != pattern->bytes[i])
			return false;
	}
	return true;
}

/* Compares the last byte first, and skips the complete pattern if the byte does not occur in it. */
static bool find_bytes(const struct pattern *pattern, const uint8_t *bytes, size_t length,
		       size_t from, struct match *match)
{
	for (size_t at = from; length - at >= pattern->length;) {
		uint8_t last = pattern->fold[bytes[at + pattern->length - 1]];

		if (fits(pattern, bytes + at)) {
			match->start = at;
			match->end = at + pattern->length;
			return true;
		}
		at += pattern->steps[last];
	}
	return false;
}

static bool find_regex(const struct pattern *pattern, const char *bytes, size_t length, size_t from,
		       bool is_start, struct match *match)
{
	while (from <= length) {
		bool line_start = from ? bytes[from - 1] == '\n' : is_start;
		regmatch_t found = {.rm_so = (regoff_t)from, .rm_eo = (regoff_t)length};

		if (regexec(&pattern->regex, bytes, 1, &found,
			    REG_STARTEND | (line_start ? 0 : REG_NOTBOL)) != 0)
			return false;
		match->start = (size_t)found.rm_so;
		match->end = (size_t)found.rm_eo;
		if (match->end > match->start)
			return true;
		from = match->end + 1;
	}
	return false;
}

bool pattern_find(const struct pattern *pattern, const void *bytes, size_t length, size_t from,
		  bool is_start, struct match *match)
{
	return pattern->is_regex ? find_regex(pattern, bytes, length, from, is_start, match)
				 : find_bytes(pattern, bytes, length, from, match);
}

bool pattern_find_last(const struct pattern *pattern, const void *bytes, size_t length, size_t from,
		       size_t limit, bool is_start, struct match *match)
{
	struct match found;
	bool any = false;

	for (; pattern_find(pattern, bytes, length, from, is_start, &found);
	     from = found.start + 1) {
		if (found.start >= limit)
			break;
		*match = found;
		any = true;
	}
	return any;
}

void pattern_flag(const struct pattern *pattern, const void *bytes, size_t length, uint8_t *flags)
{
	struct match match = {0};

	memset(flags, 0, length);
	while (pattern_find(pattern, bytes, length, match.end, true, &match))
		memset(flags + match.start, 1, match.end - match.start);
}
