/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue of a live pipe at one moment, as an image to look around in. */
#ifndef TUI_VIEWS_SNAPSHOT_H
#define TUI_VIEWS_SNAPSHOT_H

#include "data/live-pipes.h"
#include "frame/browser.h"

/*
 * Takes one, and consumes nothing. Returns null where something is in the way, which is told.
 * @note: set to when it was taken
 */
struct pimg_image *snapshot_image(struct browser *browser, const struct live *live,
				  const struct live_identity *pipe, char *note, size_t size);
/* Takes one of the same pipe in the place of the one that a model has. */
void snapshot_renew(struct browser *browser, struct model *model);

#endif
