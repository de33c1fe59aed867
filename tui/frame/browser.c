// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/browser.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the stack ---- */

struct view *browser_focus(const struct browser *browser)
{
	return browser->views[browser->focus];
}

struct view *browser_parent(const struct browser *browser, const struct view *view)
{
	for (size_t i = 1; i < browser->count; i++) {
		if (browser->views[i] == view)
			return browser->views[i - 1];
	}
	return NULL;
}

bool browser_stop_search(struct browser *browser)
{
	bool goes_on = browser->search != NULL;

	free(browser->search);
	browser->search = NULL;
	return goes_on;
}

static void close_from(struct browser *browser, size_t first)
{
	browser_stop_search(browser);
	while (browser->count > first) {
		struct view *view = browser->views[--browser->count];

		view->ops->close(view);
	}
}

void browser_open(struct browser *browser, struct view *view)
{
	if (!view) {
		browser_say(browser, "no memory");
		return;
	}
	if (browser->count)
		close_from(browser, browser->focus + 1);
	if (browser->count == BROWSER_DEPTH) {
		view->ops->close(view);
		browser_say(browser, "too many views are open");
		return;
	}
	browser->focus = browser->count;
	browser->views[browser->count++] = view;
	browser->full = false;
}

void browser_back(struct browser *browser)
{
	size_t closed = browser->focus;

	if (!closed) {
		browser->leaving = true;
		return;
	}
	close_from(browser, closed);
	browser->focus = closed - 1;
}

void browser_close_all(struct browser *browser)
{
	close_from(browser, 0);
	pattern_free(browser->pattern);
	history_clear(&browser->searches);
	history_clear(&browser->commands);
	history_clear(&browser->files);
}

void browser_focus_other(struct browser *browser)
{
	if (browser->count < 2)
		return;
	browser->focus =
		browser->focus == browser->count - 1 ? browser->count - 2 : browser->count - 1;
}

/* ---- messages ---- */

void browser_say(struct browser *browser, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(browser->message, sizeof(browser->message), format, arguments);
	va_end(arguments);
	browser->message_role = ROLE_PLAIN;
}

void browser_say_several(struct browser *browser, size_t count, uint64_t id)
{
	browser_say(browser,
		    "%zu queues have the ID %" PRIu64 "; enter :%" PRIu64 " again for the next",
		    count, id, id);
}

void browser_complain(struct browser *browser, const struct pimg_error *error)
{
	pimg_error_format(error, browser->message, sizeof(browser->message));
	browser->message_role = ROLE_ALARM;
}

void browser_complain_that(struct browser *browser, const char *what,
			   const struct pimg_error *error)
{
	char reason[sizeof(browser->message)];

	browser_say(browser, "%s: %s", what, pimg_error_format(error, reason, sizeof(reason)));
	browser->message_role = ROLE_ALARM;
}
