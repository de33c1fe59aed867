/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks for the pattern of a search. */
#ifndef TUI_REQUESTS_SEARCH_ASK_H
#define TUI_REQUESTS_SEARCH_ASK_H

#include "frame/browser.h"

/* Asks for a pattern, unless one is given, and starts the search. */
void search_ask(struct browser *browser, bool backward, const char *text);
/* Repeats the last search, in the same or the opposite direction. */
void search_again(struct browser *browser, bool opposite);

#endif
