/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing tar archives into a sink: whole ones, or single members between the bytes of another. */
#ifndef LIBIMG_IO_ARCHIVE_WRITER_H
#define LIBIMG_IO_ARCHIVE_WRITER_H

#include "io/sink/sink.h"
#include "io/source/source.h"

struct archive_entry;
struct archive_writer;

/*
 * @format: libarchive's number of a format of tar
 * @progress: may be null
 */
struct archive_writer *archive_writer_open(struct sink *to, int format,
					   const struct pimg_progress *progress,
					   struct pimg_error *error);
/*
 * Writes a member, whole.
 * @content: as many bytes as the entry says; null for what has none
 */
int archive_writer_add(struct archive_writer *writer, struct archive_entry *entry,
		       struct source *content, struct pimg_error *error);
/* Ends the archive. Not to be called where members are written between those of another. */
int archive_writer_finish(struct archive_writer *writer, struct pimg_error *error);
/* Null is fine. */
void archive_writer_free(struct archive_writer *writer);

#endif
