/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters: a line is shown if its length fits, or if a pattern matches it. */
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
	char text[256]; /* as typed; "" shows all */
	enum filter_kind kind;
	uint64_t length;
	struct pattern *pattern;
};

/*
 * Sets a filter, replacing the current one.
 * @text: ">100", "<=100", "=100", also with K, M or G after the number, or a pattern
 * Returns -1 if the text is invalid; the filter is then unchanged.
 */
int filter_set(struct filter *filter, const char *text, struct pimg_error *error);
void filter_clear(struct filter *filter);
/* Whether a length fits a filter on lengths. */
bool filter_fits_length(const struct filter *filter, uint64_t length);

#endif
