/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines must have to be shown: a length, or something that a pattern finds. */
#ifndef TUI_DATA_FILTER_H
#define TUI_DATA_FILTER_H

#include "data/pattern.h"

enum filter_kind {
	FILTER_NONE,
	FILTER_PATTERN,
	FILTER_ABOVE,
	FILTER_BELOW,
	FILTER_EQUAL,
	FILTER_AT_LEAST,
	FILTER_AT_MOST,
};

struct filter {
	char text[256]; /* as it was typed; "" shows all */
	enum filter_kind kind;
	uint64_t length;
	struct pattern *pattern;
};

/*
 * Sets a filter, in place of the one that is there.
 * @text: ">100", "<=100", "=100", with K, M or G behind the number too, or a pattern
 * Returns -1 if it makes no sense; the filter is as it was then.
 */
int filter_set(struct filter *filter, const char *text, struct pimg_error *error);
void filter_clear(struct filter *filter);
/* Whether a length fits, of a filter that is about lengths. */
bool filter_fits_length(const struct filter *filter, uint64_t length);

#endif
