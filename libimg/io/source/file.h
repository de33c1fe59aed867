/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files as backends of sources: the bottom of every stack. */
#ifndef LIBIMG_IO_SOURCE_FILE_H
#define LIBIMG_IO_SOURCE_FILE_H

#include "io/source/backend.h"

extern const struct source_backend file_backend;

/*
 * The state of the backend.
 * @fd: taken over, also on failure
 * @name: of the source, for messages
 */
void *file_new(int fd, const char *name, bool seekable, struct pimg_error *error);

/* For a file that cannot seek: see source_tell_waits(), source_wait() and source_input(). */
void file_tell_waits(void *self, const struct pimg_progress *progress);
void file_wait(void *self, bool wait);
int file_descriptor(const void *self);

#endif
