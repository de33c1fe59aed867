/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches from the current place, in steps, so that a key can stop it. The unit depends on the focused
 * view: the next queue with a match in a list of queues, the next packet among packets, the next match in
 * a payload. The search always continues in the following queues, and wraps from the end to the beginning.
 */
#ifndef TUI_FRAME_SEARCH_H
#define TUI_FRAME_SEARCH_H

#include "frame/browser.h"

/* Starts a new search for the browser's pattern. */
void search_begin(struct browser *browser, bool backward);
/*
 * Does part of the search, if there is one. Returns whether there was anything to do; false while it waits
 * for more of the image, which model_step() reads.
 */
bool search_step(struct browser *browser);
/* Shows the progress in the last row. */
void search_draw(const struct browser *browser, struct pen *pen);

#endif
