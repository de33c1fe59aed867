/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_WRITER_H
#define LIBIMG_IMAGE_WRITER_H

#include "io/source/source.h"

/* Writes the queues of one type into a file without a name, and returns it as a source, or null. */
struct source *writer_write_nameless(const struct pimg_queue *const *queues, size_t count,
				     enum pimg_type type, const struct pimg_writer_options *options,
				     struct pimg_error *error);

#endif
