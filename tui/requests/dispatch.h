/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who does what is asked for: the view that has the keys, what all views have, or the browser. */
#ifndef TUI_REQUESTS_DISPATCH_H
#define TUI_REQUESTS_DISPATCH_H

#include "frame/browser.h"

/* @argument: what was typed behind the name, or null */
void dispatch_request(struct browser *browser, enum request request, const char *argument);

#endif
