/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first row of a view: what it shows, of which image, and the progress. */
#ifndef TUI_FRAME_TITLE_H
#define TUI_FRAME_TITLE_H

#include "frame/view.h"

void title_draw(struct view *view, const struct area *area, bool has_keys);

#endif
