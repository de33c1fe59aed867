/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process holds which end: of a queue, of all queues of an image, or of live pipes. */
#ifndef TUI_VIEWS_HOLDERS_H
#define TUI_VIEWS_HOLDERS_H

#include "data/live-pipes.h"
#include "frame/browser.h"

/* For the current queue, or for all. Returns null if memory is short. */
struct view *view_holders_new(struct browser *browser, struct model *model, bool of_all);
/* For all live pipes. @pipe: the one to select first, or null */
struct view *view_holders_live_new(struct browser *browser, struct live *live,
				   const struct live_identity *pipe);

#endif
