/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views that can be opened from any other. */
#ifndef TUI_VIEWS_VIEWS_H
#define TUI_VIEWS_VIEWS_H

#include "frame/browser.h"

/* Handles requests that open a view. Returns false for others. */
bool views_request(struct browser *browser, enum request request, const char *argument);

#endif
