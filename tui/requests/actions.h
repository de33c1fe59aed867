/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests for packets, in all views of an image: marking, exporting, copying, framing. */
#ifndef TUI_REQUESTS_ACTIONS_H
#define TUI_REQUESTS_ACTIONS_H

#include "frame/browser.h"

/* Handles the requests of the group "Packets", and "frame". Returns false for others, and in other views. */
bool actions_request(struct view *view, enum request request, const char *argument);

#endif
