/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pipes of this machine's processes, refreshed every second: how full, and who waits for whom. */
#ifndef TUI_VIEWS_LIVE_H
#define TUI_VIEWS_LIVE_H

#include "frame/browser.h"

/* Returns null if memory is short. */
struct view *view_live_new(struct browser *browser);
/* Takes a snapshot of that pipe when a look has found it. */
void view_live_want(struct view *view, uint32_t id);

#endif
