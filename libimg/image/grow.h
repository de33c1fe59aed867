/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_GROW_H
#define LIBIMG_IMAGE_GROW_H

#include "image/image.h"

/* Begins to read the next part. A failure is returned, not noted as damage. */
int grow_start_part(struct pimg_image *image, struct pimg_error *error);
/* Reads everything that is left. */
int grow_whole(struct pimg_image *image, struct pimg_error *error);
/*
 * The same for an image of which nothing has been read yet, and gives the handler each record up to the first
 * damage. An error of the handler is reported with the position of the record.
 */
int grow_whole_giving(struct pimg_image *image, const struct record_handler *handler,
		      struct pimg_error *error);
/* Reads only the records of one queue, through the index. If the index has none, the image gets no queue. */
int grow_queue(struct pimg_image *image, const struct queue_index *index, uint32_t id,
	       struct pimg_error *error);

#endif
