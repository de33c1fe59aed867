// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/dispatch.h"

#include <stdio.h>

#include "frame/ask.h"
#include "frame/layout.h"
#include "frame/target.h"
#include "frame/view-move.h"
#include "frame/view-order.h"
#include "requests/actions.h"
#include "requests/commands.h"
#include "requests/search-ask.h"
#include "views/views.h"

static void save_screen(struct browser *browser, const char *path)
{
	char text[EDIT_SIZE * 4] = "";
	struct pimg_error error;
	bool replace;

	if (path)
		snprintf(text, sizeof(text), "%s", path);
	else if (!ask_line(browser, "save the screen as: ", &browser->files, text, sizeof(text),
			   NULL, NULL))
		return;
	target_expand(text, sizeof(text));
	if (!target_ask(browser, text, &replace))
		return;
	layout_draw(browser);
	if (screen_save(text, replace, &error) < 0)
		browser_complain(browser, &error);
	else
		browser_say(browser, "screen saved to %s", text);
}

static void toggle_mouse(struct browser *browser)
{
	screen_take_mouse(!screen_has_mouse());
	browser_say(browser, screen_has_mouse() ? "the mouse selects lines"
						: "the mouse is left to the terminal");
}

static void command(struct browser *browser)
{
	char line[EDIT_SIZE * 4] = "";
	const char *argument;
	enum request request = commands_ask(browser, line, sizeof(line), &argument);

	if (request != REQUEST_NONE)
		dispatch_request(browser, request, argument);
}

static bool own_request(struct browser *browser, enum request request, const char *argument)
{
	switch (request) {
	case REQUEST_BACK:
		browser_back(browser);
		return true;
	case REQUEST_QUIT:
		browser->leaving = true;
		return true;
	case REQUEST_OTHER:
		browser_focus_other(browser);
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
		command(browser);
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

void dispatch_request(struct browser *browser, enum request request, const char *argument)
{
	struct view *view = browser_focus(browser);

	if (view->ops->request && view->ops->request(view, request, argument))
		return;
	if (actions_request(view, request, argument) ||
	    view_order_request(view, request, argument) || view_move_request(view, request) ||
	    own_request(browser, request, argument) || views_request(browser, request, argument))
		return;
	browser_say(browser, "'%s' is not available in this view", request_name(request));
}
