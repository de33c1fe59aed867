/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the first key to the last. */
#ifndef TUI_REQUESTS_RUN_H
#define TUI_REQUESTS_RUN_H

#include "frame/browser.h"

/* Until the user leaves. Returns -1 if a signal asked for it. */
int run_browser(struct browser *browser);

#endif
