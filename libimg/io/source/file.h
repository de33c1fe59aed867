/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backend of sources that are files. */
#ifndef LIBIMG_IO_SOURCE_FILE_H
#define LIBIMG_IO_SOURCE_FILE_H

#include "io/source/source.h"

extern const struct source_backend source_file_backend;

/*
 * What the backend works on.
 * @fd: taken over, in either case
 * @name: of the source, for messages
 */
void *source_file_new(int fd, const char *name, bool seekable, struct pimg_error *error);

/*
 * What cannot be sought may be long in coming, as from a pipe: then progress is called now and then, also
 * where a signal came, and says whether to go on waiting. For other sources nothing is done.
 */
void source_file_tell_waits(struct source *source, pimg_progress_fn progress, void *context);
/* From now on, or no longer, a read without anything there is error_waiting(), and can be repeated. */
void source_file_wait(struct source *source, bool wait);
/* What it is read from, or -1 if it can be sought, or is no file. */
int source_file_input(const struct source *source);

#endif
