/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_CHOICE_H
#define LIBIMG_CONVERT_CHOICE_H

#include "image/image.h"

/*
 * Of an image of which all is read: where the target has room for one of a directory's images, leaves that one
 * of them that has unread data.
 */
int convert_choose_part(struct pimg_image *image, const struct pimg_convert_options *options,
			struct pimg_error *error);

#endif
