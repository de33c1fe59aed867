// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/run.h"

#include "frame/loop.h"
#include "requests/dispatch.h"

static void answer(struct browser *browser, int key)
{
	enum request request = request_by_key(key);

	browser->message[0] = '\0';
	/* Any key stops a search; keys that cancel or go back then do nothing else. */
	if (browser_stop_search(browser)) {
		browser_say(browser, "search stopped");
		if (request == REQUEST_CLEAR || request == REQUEST_BACK)
			return;
	}
	if (request != REQUEST_NONE)
		dispatch_request(browser, request, NULL);
	else
		browser_say(browser, "unknown key; press h for help");
}

int run_browser(struct browser *browser)
{
	while (!browser->leaving) {
		int key = loop_key(browser);

		if (key == SCREEN_REDRAW)
			continue;
		if (key != SCREEN_LEAVE)
			answer(browser, key);
		else if (browser->search)
			browser_stop_search(browser);
		else
			return -1;
		if (key == SCREEN_LEAVE)
			screen_forget_interrupt();
	}
	return 0;
}
