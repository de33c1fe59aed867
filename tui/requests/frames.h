/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits a stream into packets by a rule, to check the result before an upgrade. */
#ifndef TUI_REQUESTS_FRAMES_H
#define TUI_REQUESTS_FRAMES_H

#include "frame/browser.h"

/* Asks for a rule, unless one is given, and opens the packets; if it is "", opens the rules that fit. */
void frames_ask(struct view *view, const char *rule);

#endif
