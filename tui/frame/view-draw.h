/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws a view: title, column headings and lines. */
#ifndef TUI_FRAME_VIEW_DRAW_H
#define TUI_FRAME_VIEW_DRAW_H

#include "frame/view.h"

void view_draw(struct view *view, const struct area *area, bool has_keys);
/* How many rows the complete view needs, including title and heads. */
size_t view_wanted_rows(struct view *view, int rows);

#endif
