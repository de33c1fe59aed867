/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot of the queue of a live pipe, as an image to browse. */
#ifndef TUI_VIEWS_SNAPSHOT_H
#define TUI_VIEWS_SNAPSHOT_H

#include "data/live-pipes.h"
#include "frame/browser.h"

/*
 * Takes a snapshot without consuming anything. Returns null on failure, which is reported.
 * @note: set to the time of the snapshot
 */
struct pimg_image *snapshot_image(struct browser *browser, const struct live *live,
				  const struct live_identity *pipe, char *note, size_t size);
/* Replaces the snapshot of a model with a new one of the same pipe. */
void snapshot_renew(struct browser *browser, struct model *model);

#endif
