/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_DUMPS_IN_LAYERS_H
#define LIBIMG_IMAGE_DUMPS_IN_LAYERS_H

#include "image/dumps.h"

/*
 * Adds the dumps in container images.
 * @layout: the directory of the images, which the dumps own from now on
 * @to_show: whether a layer that cannot seek may be read only as far as its dump needs
 */
int dumps_add_images(struct dumps *dumps, struct folder *layout, bool to_show,
		     const struct pimg_progress *progress, struct pimg_error *error);

/*
 * Reads the layers that a dump is in, and compares them with their digests.
 * @tell: gets each defect; returns 0, or -1 to stop
 */
int dumps_check_layers(const struct dumps *dumps, size_t number,
		       const struct pimg_progress *progress,
		       int (*tell)(void *context, const struct pimg_error *defect,
				   struct pimg_error *error),
		       void *context, struct pimg_error *error);

#endif
