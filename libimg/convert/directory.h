/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_DIRECTORY_H
#define LIBIMG_CONVERT_DIRECTORY_H

#include "image/image.h"

/*
 * Converts a directory into a new one: queue images are converted, everything else is copied.
 * @whole: the directory as one image
 */
int convert_directory(const struct pimg_image *whole, const char *to,
		      const struct pimg_convert_options *options, struct pimg_image *boundaries,
		      const struct pimg_progress *progress, struct pimg_error *error);

/* Refuses options with which CRIU could not restore the directory. */
int convert_check_dump(const struct pimg_image *whole, const struct pimg_convert_options *options,
		       struct pimg_error *error);

/* Refuses a target inside the input directory. */
int convert_check_outside(const char *directory, const char *to, struct pimg_error *error);

#endif
