/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the packets of a snapshot. */
#ifndef TUI_VIEWS_SNAPSHOT_OPEN_H
#define TUI_VIEWS_SNAPSHOT_OPEN_H

#include "data/live-pipes.h"
#include "frame/browser.h"

/* Takes a snapshot and opens its packets. Reports a failure. */
void snapshot_open(struct browser *browser, const struct live *live, struct live_identity pipe);

#endif
