/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process holds which end: of a queue, of all of an image, or of this machine's pipes. */
#ifndef TUI_VIEWS_HOLDERS_H
#define TUI_VIEWS_HOLDERS_H

#include "data/live-pipes.h"
#include "frame/browser.h"

/* Of the queue that is looked at, or of all. Returns null when memory is short. */
struct view *view_holders_new(struct browser *browser, struct model *model, bool of_all);
/* Of all live pipes. @pipe: the one to begin with, or null */
struct view *view_holders_live_new(struct browser *browser, struct live *live,
				   const struct live_identity *pipe);

#endif
