/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the records of an image again, unchanged or in another layout. */
#ifndef LIBIMG_CONVERT_RECORDS_H
#define LIBIMG_CONVERT_RECORDS_H

#include "convert/work.h"

/* Writes a queue in the layout of the options. */
int convert_write_queue(struct convert *convert, size_t queue, struct pimg_error *error);
/* The layout of the queue in the output: that of the options, if its chunks are known. */
enum pimg_layout convert_layout_of(const struct convert *convert, const struct image_queue *queue);
/* Reads the image and copies all records in the order of the file; refuses a damaged image. */
int convert_copy_records(struct convert *convert, struct pimg_error *error);
/* Notes that the output from offset on consists of records of this queue. */
int convert_note_position(struct convert *convert, uint32_t id, uint64_t offset,
			  struct pimg_error *error);

#endif
