/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream cut into packets by a rule, to see whether they make sense before an upgrade. */
#ifndef TUI_VIEWS_FRAME_TRIAL_H
#define TUI_VIEWS_FRAME_TRIAL_H

#include "frame/browser.h"

/* Opens the packets that a rule makes of the queue that is looked at. */
void frame_trial_open(struct view *view, const char *rule);

#endif
