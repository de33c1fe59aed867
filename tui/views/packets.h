/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets and stream runs of a queue, and their lengths as a strip. */
#ifndef TUI_VIEWS_PACKETS_H
#define TUI_VIEWS_PACKETS_H

#include "frame/browser.h"

/* Returns null when memory is short. */
struct view *view_packets_new(struct browser *browser, struct model *model);
/*
 * Opens the packets of an image that was made here, which is taken over.
 * @name, @note: of its model
 * Returns the model, or null when memory is short, which is told.
 */
struct model *view_packets_open(struct browser *browser, struct pimg_image *image, const char *name,
				const char *note);

#endif
