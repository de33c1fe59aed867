/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IO_SOURCE_SPOOL_SOURCE_H
#define LIBIMG_IO_SOURCE_SPOOL_SOURCE_H

#include "io/source/source.h"
#include "io/source/spool.h"

/*
 * A source of the present and future content of a spool. The spool stays the caller's.
 * @name: of the source, for messages
 */
struct source *spool_source(struct spool *spool, const char *name, struct pimg_error *error);

#endif
