/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue of a live pipe at one moment, as an image to look around in. */
#ifndef TUI_VIEWS_SNAPSHOT_H
#define TUI_VIEWS_SNAPSHOT_H

#include "data/live-pipes.h"
#include "frame/browser.h"

/* Takes one, and opens its packets. What is in the way is told. Consumes nothing. */
void snapshot_open(struct browser *browser, const struct live *live, struct live_identity pipe);
/* Takes one of the same pipe in the place of the one that a model has. */
void snapshot_renew(struct browser *browser, struct model *model);

#endif
