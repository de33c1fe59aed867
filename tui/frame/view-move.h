/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving the selected line, and what is shown of a view. */
#ifndef TUI_FRAME_VIEW_MOVE_H
#define TUI_FRAME_VIEW_MOVE_H

#include "frame/view.h"

/* Handles requests to move. Returns false for others. */
bool view_move_request(struct view *view, enum request request);
/* Handles a click or the wheel in the body. */
void view_mouse(struct view *view, const struct mouse *mouse);

#endif
