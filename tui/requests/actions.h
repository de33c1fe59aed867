/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be done with packets in every view of an image: marking, exporting, copying, cutting. */
#ifndef TUI_REQUESTS_ACTIONS_H
#define TUI_REQUESTS_ACTIONS_H

#include "frame/browser.h"

/* Does requests of the group "Packets", and "frame". Returns false for others, and in other views. */
bool actions_request(struct view *view, enum request request, const char *argument);

#endif
