// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/ask.h"

#include <string.h>

#include "frame/layout.h"
#include "frame/loop.h"

bool ask_line(struct browser *browser, const char *label, struct history *history, char *text,
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

int ask_key(struct browser *browser, const char *question, const char *brief, const char *keys)
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
