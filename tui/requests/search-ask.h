/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is searched for. */
#ifndef TUI_REQUESTS_SEARCH_ASK_H
#define TUI_REQUESTS_SEARCH_ASK_H

#include "frame/browser.h"

/* Asks for a pattern, unless one is given, and begins. */
void search_ask(struct browser *browser, bool backward, const char *text);
/* The last pattern once more, in its direction or the other. */
void search_again(struct browser *browser, bool opposite);

#endif
