/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream cut into packets by a rule, to see whether they make sense before an upgrade. */
#ifndef TUI_REQUESTS_FRAMES_H
#define TUI_REQUESTS_FRAMES_H

#include "frame/browser.h"

/* Asks for a rule, unless one is given, and opens the packets; or, for "", the rules that fit. */
void frames_ask(struct view *view, const char *rule);

#endif
