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
/* The same, except those of all files of a type. */
int image_reduce_to_type(struct pimg_image *image, enum pimg_type type, struct pimg_error *error);

/*
 * A reduced image that shares everything with the whole one, which must outlive it and must not be used until the
 * view is released. It may be passed to functions that read queues, and not to pimg_image_close(). The caller
 * releases it also after a failure.
 */
int image_view(struct pimg_image *view, const struct pimg_image *whole, size_t part,
	       struct pimg_error *error);
void image_view_release(struct pimg_image *view);

#endif
