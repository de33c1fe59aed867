/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits a stream into packets by a rule, to check the result before an upgrade. */
#ifndef TUI_VIEWS_FRAME_TRIAL_H
#define TUI_VIEWS_FRAME_TRIAL_H

#include "frame/browser.h"

/* Opens the packets into which a rule splits the current queue. */
void frame_trial_open(struct view *view, const char *rule);

#endif
