/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_REDUCE_H
#define LIBIMG_IMAGE_REDUCE_H

#include "image/image.h"

/*
 * Leaves of an image of which all is read only the queues of one file of its directory, and what the hook kept
 * of them.
 * @part: of that file
 */
int image_reduce(struct pimg_image *image, size_t part, struct pimg_error *error);

#endif
