/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which views are on the screen and where, and its last row. */
#ifndef TUI_FRAME_LAYOUT_H
#define TUI_FRAME_LAYOUT_H

#include "frame/browser.h"

void layout_draw(struct browser *browser);
/* Whether all of a message can be shown below the views. */
bool layout_has_room(const char *message);
/* The view that a row of the screen shows, by its index on the stack. */
size_t layout_view_at(const struct browser *browser, int row);

#endif
