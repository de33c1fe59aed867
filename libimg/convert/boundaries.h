/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where boundaries come from that the image itself does not have. */
#ifndef LIBIMG_CONVERT_BOUNDARIES_H
#define LIBIMG_CONVERT_BOUNDARIES_H

#include "convert/work.h"

/* The rule for a queue, if there is one that is for it. */
const char *convert_rule(const struct convert *convert, const struct pimg_queue_info *info);
/* True if its boundaries come from the other image. */
bool convert_has_reference(const struct convert *convert, const struct image_queue *queue);
/* An error if the other image has other bytes for the queue: its boundaries would be lies. */
int convert_check_reference(struct convert *convert, size_t queue, struct pimg_error *error);
/* Opens a cursor that takes stream runs apart, where that is asked for. */
int convert_open_cursor(struct convert *convert, struct cursor *cursor, size_t queue,
			struct pimg_error *error);

#endif
