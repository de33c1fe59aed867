// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/search-ask.h"

#include <stdio.h>

#include "frame/ask.h"
#include "frame/search.h"

static bool set_pattern(struct browser *browser, const char *text)
{
	struct pimg_error error;
	struct pattern *pattern = pattern_new(text, &error);

	if (!pattern) {
		browser_complain(browser, &error);
		return false;
	}
	pattern_free(browser->pattern);
	browser->pattern = pattern;
	return true;
}

void search_ask(struct browser *browser, bool backward, const char *typed)
{
	char text[EDIT_SIZE * 4] = "";

	if (typed)
		snprintf(text, sizeof(text), "%s", typed);
	else if (!ask_line(browser, backward ? "?" : "/", &browser->searches, text, sizeof(text),
			   NULL, NULL))
		return;
	if (*text && !set_pattern(browser, text))
		return;
	browser->search_backward = backward;
	search_again(browser, false);
}

void search_again(struct browser *browser, bool opposite)
{
	if (browser->pattern)
		search_begin(browser, browser->search_backward != opposite);
	else
		browser_say(browser, "no previous search; press / to search");
}
