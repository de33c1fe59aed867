/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_OPEN_H
#define LIBIMG_IMAGE_OPEN_H

#include "image/image.h"
#include "pipeimg-private.h"

/* More flags, of these functions alone. It is read once, in order: what cannot be sought is not kept. */
#define IMAGE_ONCE (1U << 24)
/* IMAGE_CONTENT_AGAIN */
#define IMAGE_AGAIN (1U << 25)

/* pimg_image_open() without the choice of one queue. @flags: PIMG_OPEN_* and these */
struct pimg_image *image_open(const char *path, unsigned flags,
			      const struct pimg_progress *progress, struct pimg_error *error);

/*
 * Opens the image in source, which it takes over in either case, and which may be compressed.
 * @flags: PIMG_OPEN_UNINDEXED: keep no index of chunks; PIMG_OPEN_GROWING: leave records to pimg_image_grow();
 * IMAGE_ONCE
 */
struct pimg_image *image_from_source(struct source *source, unsigned flags,
				     const struct pimg_progress *progress,
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
				 const struct pimg_progress *progress, struct pimg_error *error);

#endif
