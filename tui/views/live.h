/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pipes of this machine's processes, every second anew: how full, and who waits for whom. */
#ifndef TUI_VIEWS_LIVE_H
#define TUI_VIEWS_LIVE_H

#include "frame/browser.h"

/* Returns null when memory is short. */
struct view *view_live_new(struct browser *browser);
/* Takes a snapshot of that pipe once pipes were looked at. */
void view_live_want(struct view *view, uint32_t id);

#endif
