/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions in the last row. Background work continues until they are answered. */
#ifndef TUI_FRAME_ASK_H
#define TUI_FRAME_ASK_H

#include "frame/browser.h"

/*
 * Asks for a line of text.
 * @history: or null
 * @text: the initial text; set to what was typed
 * @typed: called with context after each change, or null
 * Returns false if it was cancelled.
 */
bool ask_line(struct browser *browser, const char *label, struct history *history, char *text,
	      size_t size, void (*typed)(void *context, const char *text), void *context);
/*
 * Asks for one of the keys. Returns it, or 0 if it was cancelled.
 * @brief: the question in at most 20 columns, for narrow terminals
 */
int ask_key(struct browser *browser, const char *question, const char *brief, const char *keys);

#endif
