// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/filter.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/trouble.h"

void filter_clear(struct filter *filter)
{
	pattern_free(filter->pattern);
	memset(filter, 0, sizeof(*filter));
}

/* Longer signs first. */
static const struct {
	const char *text;
	enum filter_kind kind;
} signs[] = {
	{">=", FILTER_AT_LEAST}, {"<=", FILTER_AT_MOST}, {">", FILTER_ABOVE},
	{"<", FILTER_BELOW},	 {"=", FILTER_EQUAL},
};

/* Parses "4096", "4K", "1M", "2G", with nothing after it. Larger numbers saturate. */
static bool parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned shift = 0;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	*size = strtoull(text, &end, 10);
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	*size = *size > UINT64_MAX >> shift ? UINT64_MAX : *size << shift;
	return !*end;
}

/* Parses a sign and a size. Returns false if the text is anything else. */
static bool parse_length(struct filter *filter, const char *text)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		size_t length = strlen(signs[i].text);

		if (strncmp(text, signs[i].text, length))
			continue;
		filter->kind = signs[i].kind;
		return parse_size(text + length + strspn(text + length, " "), &filter->length);
	}
	return false;
}

int filter_set(struct filter *filter, const char *text, struct pimg_error *error)
{
	struct filter made = {0};

	snprintf(made.text, sizeof(made.text), "%s", text);
	if (*text && !parse_length(&made, text)) {
		/* A text that begins like a comparison is an error, because an empty list would look like an answer. */
		if (*text == '>' || *text == '<')
			return trouble(error,
				       "'%s' is not a comparison with a size, such as >4000 or "
				       "<=16K; to search for this text, type r:%s",
				       text, text);
		made.pattern = pattern_new(text, error);
		made.kind = FILTER_PATTERN;
		if (!made.pattern)
			return -1;
	}
	filter_clear(filter);
	*filter = made;
	return 0;
}

bool filter_fits_length(const struct filter *filter, uint64_t length)
{
	switch (filter->kind) {
	case FILTER_ABOVE:
		return length > filter->length;
	case FILTER_BELOW:
		return length < filter->length;
	case FILTER_EQUAL:
		return length == filter->length;
	case FILTER_AT_LEAST:
		return length >= filter->length;
	case FILTER_AT_MOST:
		return length <= filter->length;
	default:
		return true;
	}
}
