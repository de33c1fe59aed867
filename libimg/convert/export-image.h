/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunks of an image as an image of their own, or as the JSON of one. */
#ifndef LIBIMG_CONVERT_EXPORT_IMAGE_H
#define LIBIMG_CONVERT_EXPORT_IMAGE_H

#include "pipeimg-private.h"

/* pimg_export() in these two forms, once ids and target were checked. Returns 0 or -1. */
int export_image(struct pimg_image *image, const struct pimg_chunk_id *ids, size_t count,
		 enum pimg_export_form form, const char *to, bool replace,
		 const struct pimg_progress *progress, struct pimg_error *error);

#endif
