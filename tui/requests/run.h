/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main loop. */
#ifndef TUI_REQUESTS_RUN_H
#define TUI_REQUESTS_RUN_H

#include "frame/browser.h"

/* Runs until the user quits. Returns -1 if a signal ended it. */
int run_browser(struct browser *browser);

#endif
