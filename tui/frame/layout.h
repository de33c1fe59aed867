/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lays out the screen: the views on it, and the last row. */
#ifndef TUI_FRAME_LAYOUT_H
#define TUI_FRAME_LAYOUT_H

#include "frame/browser.h"

void layout_draw(struct browser *browser);
/* Whether a complete message fits below the views. */
bool layout_has_room(const char *message);
/* The stack index of the view that a row of the screen belongs to. */
size_t layout_view_at(const struct browser *browser, int row);

#endif
