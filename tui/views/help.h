/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys, from the table of requests. */
#ifndef TUI_VIEWS_HELP_H
#define TUI_VIEWS_HELP_H

#include "frame/browser.h"

/* Returns null if memory is short. */
struct view *view_help_new(struct browser *browser);

#endif
