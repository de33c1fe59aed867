/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that fit the stream runs of a queue, and the resulting packets. */
#ifndef TUI_VIEWS_RULES_H
#define TUI_VIEWS_RULES_H

#include "frame/browser.h"

/* Opens the rules that fit the current queue, or reports why they cannot be tried. */
void view_rules_open(struct browser *browser, struct model *model);

#endif
