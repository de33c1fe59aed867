/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A view on the screen: its title, its columns and its lines. */
#ifndef TUI_FRAME_VIEW_DRAW_H
#define TUI_FRAME_VIEW_DRAW_H

#include "frame/view.h"

void view_draw(struct view *view, const struct area *area, bool has_keys);
/* Rows that all of it would take, title and heads included. */
size_t view_wanted_rows(struct view *view, int rows);

#endif
