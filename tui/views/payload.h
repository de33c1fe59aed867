/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of the current packet: as hex, text or JSON. */
#ifndef TUI_VIEWS_PAYLOAD_H
#define TUI_VIEWS_PAYLOAD_H

#include "frame/browser.h"

/* Returns null if memory is short. */
struct view *view_payload_new(struct browser *browser, struct model *model);

#endif
