/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_DIRECTORY_H
#define LIBIMG_CONVERT_DIRECTORY_H

#include "image/image.h"

/*
 * Converts a directory into a new one: images of queues are converted, everything else is copied.
 * @whole: the directory as one image
 */
int convert_directory(const struct pimg_image *whole, const char *to,
		      const struct pimg_convert_options *options, struct pimg_image *boundaries,
		      const struct pimg_progress *progress, struct pimg_error *error);

/* Refuses what would make CRIU's directory one that CRIU cannot restore. */
int convert_check_dump(const struct pimg_image *whole, const struct pimg_convert_options *options,
		       struct pimg_error *error);

/* Refuses a target in the directory that is read for it. */
int convert_check_outside(const char *directory, const char *to, struct pimg_error *error);

#endif
