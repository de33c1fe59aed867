/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing tar archives to a sink: complete ones, or single members between the bytes of another archive. */
#ifndef LIBIMG_IO_ARCHIVE_WRITER_H
#define LIBIMG_IO_ARCHIVE_WRITER_H

#include "io/sink/sink.h"
#include "io/source/source.h"

struct archive_entry;
struct archive_writer;

/*
 * @format: libarchive's number for a tar format
 * @progress: may be null
 */
struct archive_writer *archive_writer_open(struct sink *to, int format,
					   const struct pimg_progress *progress,
					   struct pimg_error *error);
/*
 * Writes a complete member.
 * @content: as many bytes as the entry says; null for an entry without content
 */
int archive_writer_add(struct archive_writer *writer, struct archive_entry *entry,
		       struct source *content, struct pimg_error *error);
/* Ends the archive. Not to be called if members are written between those of another archive. */
int archive_writer_finish(struct archive_writer *writer, struct pimg_error *error);
/* Null is fine. */
void archive_writer_free(struct archive_writer *writer);

#endif
