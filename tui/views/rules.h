/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that fit the stream runs of a queue, and what they would make of it. */
#ifndef TUI_VIEWS_RULES_H
#define TUI_VIEWS_RULES_H

#include "frame/browser.h"

/* Opens those that fit the queue that is looked at, or tells why they cannot be tried. */
void view_rules_open(struct browser *browser, struct model *model);

#endif
