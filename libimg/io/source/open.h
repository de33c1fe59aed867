/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources that are files. */
#ifndef LIBIMG_IO_SOURCE_OPEN_H
#define LIBIMG_IO_SOURCE_OPEN_H

#include "io/source/source.h"

/* Opens a file; "-" is standard input. Errors name the file. */
struct source *source_open(const char *path, struct pimg_error *error);
/*
 * Opens name in the directory dirfd.
 * Returns 1 and sets source, 0 if there is no such file, or -1.
 */
int source_open_at(int dirfd, const char *name, const char *shown_name, struct source **source,
		   struct pimg_error *error);
/* The same for a file in a directory; messages call it DIRECTORY/BASE. */
int source_open_in(int dirfd, const char *directory, const char *base, struct source **source,
		   struct pimg_error *error);
/* Reads from the start of a file that is open already. The descriptor stays the caller's. */
struct source *source_from_fd(int fd, const char *name, struct pimg_error *error);

/*
 * Input that cannot seek, such as a pipe, may be slow to arrive. While waiting, progress is called now and
 * then, and after a signal, and says whether to continue. Does nothing for other sources.
 */
void source_tell_waits(struct source *source, const struct pimg_progress *progress);
/* Sets whether a read without available data fails with error_waiting() and can be repeated. */
void source_wait(struct source *source, bool wait);
/* The descriptor that is read, or -1 if the source can seek or is not a file. */
int source_input(const struct source *source);

#endif
