/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backend of sources that are files. */
#ifndef LIBIMG_IO_SOURCE_FILE_H
#define LIBIMG_IO_SOURCE_FILE_H

#include "io/source.h"

extern const struct source_backend source_file_backend;

/*
 * What the backend works on.
 * @fd: taken over, in either case
 * @name: of the source, for messages
 */
void *source_file_new(int fd, const char *name, bool seekable, struct pimg_error *error);

#endif
