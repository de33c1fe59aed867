/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The output file of a conversion. */
#ifndef LIBIMG_CONVERT_TARGET_H
#define LIBIMG_CONVERT_TARGET_H

#include "image/image.h"
#include "io/sink/sink.h"

/* Opens the target. A file that is converted in place is replaced only if it is still the file that was read. */
struct sink *convert_open_target(const struct pimg_image *image, const char *from, const char *to,
				 bool replace, struct pimg_error *error);

/*
 * Compresses the output as the options say; a file that is converted in place keeps its compression.
 * @from, @to: paths
 */
int convert_choose_compression(const char *from, const char *to, struct sink *sink,
			       const struct pimg_convert_options *options,
			       struct pimg_error *error);

#endif
