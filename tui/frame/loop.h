/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys, and the work between them. */
#ifndef TUI_FRAME_LOOP_H
#define TUI_FRAME_LOOP_H

#include "frame/browser.h"

/*
 * Draws, and waits for a key while background work continues. The key may be SCREEN_REDRAW or
 * SCREEN_LEAVE. The mouse is handled here; a double click is returned as the key of "open".
 */
int loop_key(struct browser *browser);

#endif
