/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sink for bytes: a file that gets its name only when it is complete, or a stream (standard
 * output, a device, a FIFO) that is written as it comes.
 *
 * A file is written without a name (O_TMPFILE), so that an end at any moment, kill -9 included,
 * leaves nothing. Where the file system cannot do that, it has a temporary name beside the target
 * until sink_commit() or sink_abort().
 */
#ifndef LIBIMG_IO_SINK_H
#define LIBIMG_IO_SINK_H

#include "io/source.h"
#include "pipeimg.h"

struct sink;

/*
 * @path: the target, or "-"
 * @replace: a regular file of that name may be replaced; its mode and owner are kept
 */
struct sink *sink_open(const char *path, bool replace, struct pimg_error *error);
/* A new file in the directory behind dirfd; its descriptor stays the caller's. */
struct sink *sink_open_at(int dirfd, const char *name, const char *shown_name,
			  struct pimg_error *error);

/*
 * A temporary file that never gets a name; it can be read back.
 * @shown_name: for messages
 */
struct sink *sink_open_nameless(const char *shown_name, struct pimg_error *error);

/*
 * A name that nobody else takes, for what is not complete yet. Returns memory that the caller frees,
 * or null.
 */
char *sink_temporary_name(const char *prefix, const char *base);

int sink_write(struct sink *sink, const void *data, size_t length, struct pimg_error *error);
const char *sink_name(const struct sink *sink);

/*
 * Flushes to disk, and opens what was written for reading back.
 * Returns 1 and sets source, 0 for a stream, which cannot be read back, or -1.
 */
int sink_reread(struct sink *sink, struct source **source, struct pimg_error *error);

/*
 * Flushes to disk, reads back what was written and compares it by its checksum: for what is not read
 * back as an image. Nothing is done for a stream.
 */
int sink_check(struct sink *sink, struct pimg_error *error);

/* Gives the file its name. The sink is freed in either case. */
int sink_commit(struct sink *sink, struct pimg_error *error);
/* Leaves nothing behind. Null is fine. */
void sink_abort(struct sink *sink);

#endif
