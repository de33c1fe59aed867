/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_REDUCE_H
#define LIBIMG_IMAGE_REDUCE_H

#include "image/image.h"

/*
 * Removes all queues from an image except those of one file of its directory, and what the hook saved of them.
 * The image must have been read completely.
 * @part: of that file
 */
int image_reduce(struct pimg_image *image, size_t part, struct pimg_error *error);

#endif
