// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/browser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/layout.h"
#include "frame/loop.h"
#include "frame/search.h"
#include "frame/target.h"
#include "frame/view-move.h"
#include "frame/view-order.h"
#include "requests/commands.h"
#include "views/views.h"

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

/* Views above it belong to it, and are closed first. */
static void back(struct browser *browser)
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

static void other(struct browser *browser)
{
	if (browser->count < 2)
		return;
	browser->focus =
		browser->focus == browser->count - 1 ? browser->count - 2 : browser->count - 1;
}

/* ---- what is said ---- */

void browser_say(struct browser *browser, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(browser->message, sizeof(browser->message), format, arguments);
	va_end(arguments);
	browser->message_role = ROLE_PLAIN;
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

/* ---- questions ---- */

bool browser_ask(struct browser *browser, const char *label, struct history *history, char *text,
		 size_t size, void (*typed)(void *context, const char *text), void *context)
{
	enum edit_result result = EDIT_MORE;
	struct edit edit;

	edit_begin(&edit, history, text);
	browser->label = label;
	browser->edit = &edit;
	while (result == EDIT_MORE || result == EDIT_CHANGED) {
		int key = loop_key(browser);

		if (key == SCREEN_LEAVE) {
			screen_forget_interrupt();
			result = EDIT_CANCELLED;
		} else {
			result = edit_key(&edit, key);
		}
		edit_text(&edit, text, size);
		if (result == EDIT_CHANGED && typed)
			typed(context, text);
	}
	browser->edit = NULL;
	if (result == EDIT_DONE && history)
		history_add(history, edit.text);
	return result == EDIT_DONE;
}

int browser_ask_key(struct browser *browser, const char *question, const char *brief,
		    const char *keys)
{
	int key;

	browser->asks_key = true;
	do {
		browser_say(browser, "%s", layout_has_room(question) ? question : brief);
		key = loop_key(browser);
	} while (key == SCREEN_REDRAW || key == SCREEN_NO_KEY);
	browser->asks_key = false;
	browser->message[0] = '\0';
	if (key == SCREEN_LEAVE)
		screen_forget_interrupt();
	return key > 0 && key < 128 && strchr(keys, key) ? key : 0;
}

/* ---- requests ---- */

static void save_screen(struct browser *browser, const char *path)
{
	char text[EDIT_SIZE * 4] = "";
	struct pimg_error error;
	bool replace;

	if (path)
		snprintf(text, sizeof(text), "%s", path);
	else if (!browser_ask(browser, "save the screen as: ", &browser->files, text, sizeof(text),
			      NULL, NULL))
		return;
	target_expand(text, sizeof(text));
	if (!target_ask(browser, text, &replace))
		return;
	layout_draw(browser);
	if (screen_save(text, replace, &error) < 0)
		browser_complain(browser, &error);
	else
		browser_say(browser, "the screen is in %s", text);
}

static void toggle_mouse(struct browser *browser)
{
	screen_take_mouse(!screen_has_mouse());
	browser_say(browser,
		    screen_has_mouse() ? "the mouse selects lines" : "the mouse is the terminal's");
}

static bool browser_own_request(struct browser *browser, enum request request, const char *argument)
{
	switch (request) {
	case REQUEST_BACK:
		back(browser);
		return true;
	case REQUEST_QUIT:
		browser->leaving = true;
		return true;
	case REQUEST_OTHER:
		other(browser);
		return true;
	case REQUEST_FULL:
		browser->full = !browser->full;
		return true;
	case REQUEST_SEARCH:
	case REQUEST_SEARCH_BACK:
		search_ask(browser, request == REQUEST_SEARCH_BACK, argument);
		return true;
	case REQUEST_FIND_NEXT:
	case REQUEST_FIND_PREVIOUS:
		search_again(browser, request == REQUEST_FIND_PREVIOUS);
		return true;
	case REQUEST_COMMAND:
		commands_ask(browser);
		return true;
	case REQUEST_MOUSE:
		toggle_mouse(browser);
		return true;
	case REQUEST_REDRAW:
		screen_redraw();
		return true;
	case REQUEST_SUSPEND:
		screen_suspend();
		return true;
	case REQUEST_SAVE_SCREEN:
		save_screen(browser, argument);
		return true;
	default:
		return false;
	}
}

void browser_request(struct browser *browser, enum request request, const char *argument)
{
	struct view *view = browser_focus(browser);

	if (view->ops->request && view->ops->request(view, request, argument))
		return;
	if (view_order_request(view, request, argument) || view_move_request(view, request) ||
	    browser_own_request(browser, request, argument) ||
	    views_request(browser, request, argument))
		return;
	browser_say(browser, "'%s' means nothing in this view", request_name(request));
}
