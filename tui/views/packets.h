/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets and stream runs of a queue, and their lengths as a strip. */
#ifndef TUI_VIEWS_PACKETS_H
#define TUI_VIEWS_PACKETS_H

#include "frame/browser.h"

/* Returns null if memory is short. */
struct view *view_packets_new(struct browser *browser, struct model *model);
/*
 * Opens the packets of an image that was created in memory, and takes ownership of it.
 * @name, @note: of its model
 * Returns the model; or null if memory is short, which is reported.
 */
struct model *view_packets_open(struct browser *browser, struct pimg_image *image, const char *name,
				const char *note);

#endif
