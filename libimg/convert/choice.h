/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_CHOICE_H
#define LIBIMG_CONVERT_CHOICE_H

#include "image/image.h"

/* If the options say a type, reduces the image to the files of this type. The image must have been read completely. */
int convert_choose_type(struct pimg_image *image, const struct pimg_convert_options *options,
			struct pimg_error *error);

/*
 * If the target can contain only one of a directory's images, reduces the image to the one that has unread data.
 * The image must have been read completely.
 */
int convert_choose_part(struct pimg_image *image, const struct pimg_convert_options *options,
			struct pimg_error *error);

#endif
