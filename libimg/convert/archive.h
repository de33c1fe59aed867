/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_ARCHIVE_H
#define LIBIMG_CONVERT_ARCHIVE_H

#include "image/image.h"

/*
 * Converts an archive into a new one with the same compression, or a directory into an archive. Queue images are
 * converted if a layout is given; everything else is copied unchanged.
 * @wholes: the dumps in the archive, each as one image; or the one in the directory
 * @count: at least 1
 */
int convert_archive(struct pimg_image *const *wholes, size_t count, const char *from,
		    const char *to, const struct pimg_convert_options *options,
		    struct pimg_image *boundaries, const struct pimg_progress *progress,
		    struct pimg_error *error);

#endif
