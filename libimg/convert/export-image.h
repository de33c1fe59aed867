/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exports chunks of an image as a separate image, or as its JSON. */
#ifndef LIBIMG_CONVERT_EXPORT_IMAGE_H
#define LIBIMG_CONVERT_EXPORT_IMAGE_H

#include "pipeimg-private.h"

/* pimg_export() for these two formats, after ids and target were checked. Returns 0 or -1. */
int export_image(struct pimg_image *image, const struct pimg_chunk_id *ids, size_t count,
		 enum pimg_export_form form, const char *to, bool replace,
		 const struct pimg_progress *progress, struct pimg_error *error);

#endif
