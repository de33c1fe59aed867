/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file that an image is converted into. */
#ifndef LIBIMG_CONVERT_TARGET_H
#define LIBIMG_CONVERT_TARGET_H

#include "image/image.h"
#include "io/sink/sink.h"

/* Opens the target. What is converted in place is replaced only while it is what was read. */
struct sink *convert_open_target(const struct pimg_image *image, const char *from, const char *to,
				 bool replace, struct pimg_error *error);

/*
 * Compresses what is written into the sink as is asked for, or if a file replaces itself, as it was.
 * @from, @to: paths
 */
int convert_choose_compression(const char *from, const char *to, struct sink *sink,
			       const struct pimg_convert_options *options,
			       struct pimg_error *error);

#endif
