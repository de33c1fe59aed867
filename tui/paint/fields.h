/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields that several lists use. */
#ifndef TUI_PAINT_FIELDS_H
#define TUI_PAINT_FIELDS_H

#include "paint/paint.h"
#include "pipeimg.h"

/* A right-aligned number. */
void field_number(struct pen *field, enum role role, uint64_t number);
/* "22+": there may be more. */
void field_number_at_least(struct pen *field, enum role role, uint64_t number);
/* "61440", "64K": bytes in at most five columns, right-aligned. */
void field_size(struct pen *field, enum role role, uint64_t bytes);
/* A bar that shows how full a queue is, and the percentage. @capacity: 0 if it is not known */
void field_fill(struct pen *field, uint64_t bytes, uint64_t capacity);
/* "writer[4711]:3W > reader[12]:0": who writes, and who reads. */
void field_ends(struct pen *field, const struct pimg_ends *ends, size_t count);

enum role role_of_kind(enum pimg_kind kind);
enum role role_of_mode(enum pimg_mode mode);

#endif
