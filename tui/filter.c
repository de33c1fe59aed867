// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void filter_clear(struct filter *filter)
{
	pattern_free(filter->pattern);
	memset(filter, 0, sizeof(*filter));
}

/* A sign and a number alone; anything else is text. */
static bool parse_length(struct filter *filter, const char *text)
{
	static const char signs[] = "><=";
	const char *sign = *text ? strchr(signs, *text) : NULL;
	char *end;

	if (!sign)
		return false;
	text += 1 + strspn(text + 1, " ");
	if (!isdigit((unsigned char)*text))
		return false;
	filter->length = strtoull(text, &end, 10);
	filter->kind = FILTER_ABOVE + (unsigned)(sign - signs);
	return !*end;
}

int filter_set(struct filter *filter, const char *text, struct pimg_error *error)
{
	struct filter made = {0};

	snprintf(made.text, sizeof(made.text), "%s", text);
	if (*text && !parse_length(&made, text)) {
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
	default:
		return true;
	}
}
