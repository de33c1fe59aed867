/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_OPEN_H
#define LIBIMG_IMAGE_OPEN_H

#include "image/image.h"

/* pimg_image_open() with flags. */
struct pimg_image *image_open(const char *path, unsigned flags, pimg_progress_fn progress,
			      void *context, struct pimg_error *error);

#define IMAGE_UNINDEXED (1U << 0)
/* An archive that cannot be sought is read no further than need be. */
#define IMAGE_ENOUGH (1U << 1)
/* Records are left to pimg_image_grow(). */
#define IMAGE_GROWING (1U << 2)
/* It is read once, in order: what cannot be sought is not kept. */
#define IMAGE_ONCE (1U << 3)
/* IMAGE_CONTENT_AGAIN */
#define IMAGE_AGAIN (1U << 4)

/*
 * Opens the image in source, which it takes over in either case, and which may be compressed.
 * @flags: IMAGE_UNINDEXED: keep no index of chunks; IMAGE_GROWING: leave records to pimg_image_grow();
 * IMAGE_ONCE
 */
struct pimg_image *image_from_source(struct source *source, unsigned flags,
				     pimg_progress_fn progress, void *context,
				     struct pimg_error *error);

/*
 * Finds the queues of one type and set in a directory. Images that are compressed are read as what they hold, but
 * for those of CRIU's directories: CRIU could not restore them.
 * Returns 1 and sets source, 0 if there are none, or -1.
 */
int image_find_part(struct folder *folder, enum pimg_type type, unsigned set,
		    struct source **source, struct pimg_error *error);

/* The name of a part of a directory, but for what the hook kept. Returns name. */
const char *image_part_name(const struct part *part, char name[DIRECTORY_NAME_MAX]);
/* Opens a part of a directory as an image of its own, of which no record is read yet. */
struct pimg_image *image_of_part(const struct pimg_image *whole, const struct part *part,
				 pimg_progress_fn progress, void *context,
				 struct pimg_error *error);

#endif
