/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_CURRENT_H
#define LIBIMG_CONVERT_CURRENT_H

#include "image/image.h"

/*
 * Whether converting an image file in place would change nothing in it. If so, its queues are reported as if they
 * had been written.
 * @image: the file, as prepared for the conversion
 * Returns 1, 0, or -1.
 */
int convert_is_current(struct pimg_image *image, const char *path,
		       const struct pimg_convert_options *options, struct pimg_image *boundaries,
		       const struct pimg_progress *progress, struct pimg_error *error);

#endif
