/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the writer needs of images beyond pipeimg.h: reading back what it wrote. */
#ifndef LIBIMG_IMAGE_H
#define LIBIMG_IMAGE_H

#include "io/source.h"
#include "pipeimg.h"

/* Opens the image in source, which it takes over in either case. */
struct pimg_image *image_from_source(struct source *source, pimg_progress_fn progress,
				     void *context, struct pimg_error *error);

#endif
