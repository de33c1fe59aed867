/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One image file into another: written, read back and compared. */
#ifndef LIBIMG_CONVERT_FILE_H
#define LIBIMG_CONVERT_FILE_H

#include "image/image.h"
#include "io/sink/sink.h"

/* Whether its records are rewritten: datagrams have only one layout. */
bool convert_is_given_layout(const struct pimg_image *image,
			     const struct pimg_convert_options *options);

/*
 * Reads an image that was opened to grow, without index, as far as it has to be known before it is
 * converted, and refuses a damaged one. What is copied record by record is not read yet: that is
 * done, and damage refused, while it is copied.
 * @whole: the directory that it is from, or null
 */
int convert_prepare(struct pimg_image *image, const struct pimg_convert_options *options,
		    const struct pimg_image *whole, struct pimg_error *error);

/*
 * Writes the only part of an image that was prepared into a sink, reads it back where that can be
 * done, and compares. The sink stays the caller's, to commit or abort.
 * @boundaries: the image that boundaries are taken from, or null
 */
int convert_file(struct pimg_image *from, struct sink *to,
		 const struct pimg_convert_options *options, struct pimg_image *boundaries,
		 const struct pimg_progress *progress, struct pimg_error *error);

#endif
