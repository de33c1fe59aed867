/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks that an output file does not replace an open image. */
#ifndef LIBIMG_IMAGE_TARGET_H
#define LIBIMG_IMAGE_TARGET_H

#include "pipeimg.h"

/* pimg_check_target(), and refuses an existing file unless it may be replaced. */
int target_check(const struct pimg_image *image, const char *to, bool replace,
		 struct pimg_error *error);

#endif
