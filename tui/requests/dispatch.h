/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passes a request to the focused view, to what all views share, or to the browser. */
#ifndef TUI_REQUESTS_DISPATCH_H
#define TUI_REQUESTS_DISPATCH_H

#include "frame/browser.h"

/* @argument: what was typed after the name, or null */
void dispatch_request(struct browser *browser, enum request request, const char *argument);

#endif
