/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Container images: an OCI layout with a changed layer, and with the documents that lead to it. */
#ifndef LIBIMG_CONVERT_CONTAINER_IMAGE_H
#define LIBIMG_CONVERT_CONTAINER_IMAGE_H

#include "format/directory-names.h"
#include "image/image.h"

/* A queue image for a new archive. */
struct image_replacement {
	const struct pimg_image *whole; /* the dump that it is in */
	char base[DIRECTORY_NAME_MAX];
	struct folder_extent extent; /* of the member that it replaces */
	struct source *content;
};

struct container_image {
	const struct pimg_image *whole; /* one of the dumps in its layers */
	const char *from, *to;
	const struct pimg_convert_options *options;
	struct image_replacement *images; /* for its layers */
	size_t image_count;
	const struct pimg_progress *progress;
};

/* Whether the dump is in the layers of a container image. */
bool convert_is_container_image(const struct pimg_image *whole);

/*
 * Writes the layout: an archive, or a new directory if it is in one. Layers with replaced images, configurations,
 * manifests and indexes get new digests; everything else is copied.
 */
int convert_container_image(const struct container_image *convert, struct pimg_error *error);

#endif
