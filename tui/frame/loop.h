/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys, and the work that is done while none comes. */
#ifndef TUI_FRAME_LOOP_H
#define TUI_FRAME_LOOP_H

#include "frame/browser.h"

/*
 * Draws, and waits for a key while the background work goes on. The key may be SCREEN_REDRAW or
 * SCREEN_LEAVE; the mouse is answered here, and a double click comes as the key of "open".
 */
int loop_key(struct browser *browser);

#endif
