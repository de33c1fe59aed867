/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_GROW_H
#define LIBIMG_IMAGE_GROW_H

#include "image/image.h"

/* Begins to read the part that is next. Its failure is told, and is not yet damage. */
int grow_start_part(struct pimg_image *image, struct pimg_error *error);
/* Reads all that is left to be read. */
int grow_whole(struct pimg_image *image, struct pimg_error *error);
/*
 * The same for an image of which nothing is read yet, and gives each record away: all until damage,
 * which is noted only then. An error of the taker is told as one of its record.
 */
int grow_whole_giving(struct pimg_image *image, const struct record_taker *taker,
		      struct pimg_error *error);
/*
 * Reads the records of one queue alone, where places say that they are. There is no queue in the image
 * then if they say of none.
 */
int grow_queue(struct pimg_image *image, const struct queue_places *places, uint32_t id,
	       struct pimg_error *error);

#endif
