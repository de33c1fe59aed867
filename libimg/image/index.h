/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_INDEX_H
#define LIBIMG_IMAGE_INDEX_H

#include "image/image.h"

/* Adds a record whose payload was read to its end. A truncated record is not added. */
int index_record(struct pimg_image *image, uint8_t part, const struct entry *entry,
		 struct payload_position place, struct pimg_error *error);
/* Adds an end to a queue of the image. */
int index_add_end(struct pimg_image *image, struct pimg_queue_info *info, struct holders *holders,
		  const struct pimg_end *end, struct pimg_error *error);
/*
 * Marks the queues that may lack records because of damage in a part.
 * @broken: the damaged record, or null if it could not be read or was complete
 */
void index_note_cut(struct pimg_image *image, size_t part, const struct entry *broken);
/* Settles what depends on all records, after they have been read. */
int index_finish(struct pimg_image *image, struct pimg_error *error);

#endif
