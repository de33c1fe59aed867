/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queues of an image: type, how full, and holders. */
#ifndef TUI_VIEWS_QUEUES_H
#define TUI_VIEWS_QUEUES_H

#include "frame/browser.h"

/* Returns null if memory is short. */
struct view *view_queues_new(struct browser *browser, struct model *model);
/* Opens the packets of the queue with that id as soon as it is found. */
void view_queues_want(struct view *view, uint32_t id);

#endif
