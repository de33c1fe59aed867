/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting and filtering, the same for all views. */
#ifndef TUI_FRAME_VIEW_ORDER_H
#define TUI_FRAME_VIEW_ORDER_H

#include "frame/view.h"

/* Handles requests to sort or filter. Returns false for others. */
bool view_order_request(struct view *view, enum request request, const char *argument);

#endif
