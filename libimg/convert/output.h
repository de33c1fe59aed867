/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes an image in any of the forms that it can be converted to. */
#ifndef LIBIMG_CONVERT_OUTPUT_H
#define LIBIMG_CONVERT_OUTPUT_H

#include "image/image.h"
#include "io/sink/sink.h"

/*
 * Writes a prepared image in the form that the options say, and reads it back if possible. The caller still owns the
 * sink, to commit or abort it.
 * @image: of one file, unless the form is pcapng
 * @line: end JSON by a newline
 * @boundaries: the image that boundaries come from, or null
 */
int convert_write(struct pimg_image *image, struct sink *sink, bool line,
		  const struct pimg_convert_options *options, struct pimg_image *boundaries,
		  const struct pimg_progress *progress, struct pimg_error *error);

#endif
