/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_GROW_AROUND_H
#define LIBIMG_IMAGE_GROW_AROUND_H

#include "image/image.h"

/*
 * Continues to read the images around the queues: this many bytes, or what takes as long. Returns 1 while there
 * is more, 0 at the end, or -1.
 */
int grow_around(struct pimg_image *image, uint64_t bytes, struct pimg_error *error);

#endif
