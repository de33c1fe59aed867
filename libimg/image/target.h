/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are written beside images, and must not take the place of one that is open. */
#ifndef LIBIMG_IMAGE_TARGET_H
#define LIBIMG_IMAGE_TARGET_H

#include "pipeimg.h"

/* pimg_check_target(), and what exists is refused unless it may be replaced. */
int target_check(const struct pimg_image *image, const char *to, bool replace,
		 struct pimg_error *error);

#endif
