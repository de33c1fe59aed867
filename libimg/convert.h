/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One image file into another. */
#ifndef LIBIMG_CONVERT_H
#define LIBIMG_CONVERT_H

#include "image.h"
#include "io/sink.h"

/*
 * Writes the only part of an undamaged, unindexed image into a sink, reads it back where that can be
 * done, and compares. The sink stays the caller's, to commit or abort.
 */
int convert_file(struct pimg_image *from, struct sink *to,
		 const struct pimg_convert_options *options, pimg_progress_fn progress,
		 void *context, struct pimg_error *error);

/* A directory into a new one: images of queues are converted, everything else is copied. */
int convert_directory(const char *from, const char *to, const struct pimg_convert_options *options,
		      pimg_progress_fn progress, void *context, struct pimg_error *error);

#endif
