/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boundaries that come from a rule or from another image. */
#ifndef LIBIMG_CONVERT_BOUNDARIES_H
#define LIBIMG_CONVERT_BOUNDARIES_H

#include "convert/work.h"

/* The rule for a queue, or null. */
const char *convert_rule(const struct convert *convert, const struct pimg_queue_info *info);
/* True if the boundaries of a queue come from the other image. */
bool convert_has_reference(const struct convert *convert, const struct image_queue *queue);
/* Fails if the other image has different bytes for the queue, because its boundaries would be wrong. */
int convert_check_reference(struct convert *convert, size_t queue, struct pimg_error *error);
/*
 * Refuses boundaries that were found, if they give more chunks than the pipe has slots.
 * @chunks: of the queue with these boundaries
 */
int convert_check_slots(const struct convert *convert, const struct image_queue *queue,
			uint64_t chunks, struct pimg_error *error);
/* Opens a cursor that splits stream runs into packets if there is a rule or a reference. */
int convert_open_cursor(struct convert *convert, struct cursor *cursor, size_t queue,
			struct pimg_error *error);

#endif
