/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_INDEX_H
#define LIBIMG_IMAGE_INDEX_H

#include "image/image.h"

/* Adds a record whose payload was read to its end. Nothing is added of a record that is cut short. */
int index_record(struct pimg_image *image, uint8_t part, const struct entry *entry,
		 struct payload_position place, struct pimg_error *error);
/* Adds an end to what image has of a queue. */
int index_add_end(struct pimg_image *image, struct pimg_queue_info *info, struct holders *holders,
		  const struct pimg_end *end, struct pimg_error *error);
/*
 * Notes whose records damage in a part cut.
 * @broken: the record that it broke, or null where that could not be read, or was whole
 */
void index_note_cut(struct pimg_image *image, size_t part, const struct entry *broken);
/* Once all is read: tells what only all records together tell. */
int index_finish(struct pimg_image *image, struct pimg_error *error);

#endif
