/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searching on from the place that is looked at, step by step, so that a key can stop it. How far it
 * steps at a time depends on the view that has the keys: to the next queue with the pattern in a list
 * of queues, to the next packet among packets, to the next bytes in a payload; and always on into the
 * queues behind, and from the end to the beginning.
 */
#ifndef TUI_FRAME_SEARCH_H
#define TUI_FRAME_SEARCH_H

#include "frame/browser.h"

/* Begins anew, for the browser's pattern. */
void search_begin(struct browser *browser, bool backward);
/*
 * Some of it, if there is one. Returns whether there was anything to do: not while it waits for more
 * of the image, which a step of the model brings.
 */
bool search_step(struct browser *browser);
/* How far it is, in the last row. */
void search_draw(const struct browser *browser, struct pen *pen);

#endif
