/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views do alike when their lines are to be sorted or filtered. */
#ifndef TUI_FRAME_VIEW_ORDER_H
#define TUI_FRAME_VIEW_ORDER_H

#include "frame/view.h"

/* Sorts and filters. Returns false for other requests. */
bool view_order_request(struct view *view, enum request request, const char *argument);

#endif
