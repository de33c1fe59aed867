/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IO_SOURCE_SAME_H
#define LIBIMG_IO_SOURCE_SAME_H

#include "io/source/source.h"

/* Compares what is left of two sources. Returns 1 if it is the same, 0 if not, or -1. */
int source_is_same(struct source *wanted, struct source *found, struct pimg_error *error);

#endif
