/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_EACH_H
#define LIBIMG_CONVERT_EACH_H

#include "image/image.h"

/* Whether a file is written for each image: JSON and pcapng into a directory, whose name may end in '/'. */
bool convert_is_each(const char *to, const struct pimg_convert_options *options);

/*
 * Writes a file for each queue image of a directory or archive, into a new directory, which appears when all are
 * complete: pipes-data.json, fifo-data.json...
 * @image: as prepared for the conversion
 */
int convert_each(const struct pimg_image *image, const char *to,
		 const struct pimg_convert_options *options, struct pimg_image *boundaries,
		 const struct pimg_progress *progress, struct pimg_error *error);

#endif
