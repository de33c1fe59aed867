/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The row above the queues of a container checkpoint: which container, and when it was created. */
#ifndef TUI_VIEWS_CONTAINER_HEAD_H
#define TUI_VIEWS_CONTAINER_HEAD_H

#include "frame/view.h"

/* See struct view_ops. */
int container_head_rows(struct view *view, int rows);
void container_draw_head(struct view *view, const struct area *area);

#endif
