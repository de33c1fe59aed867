/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The members of a tar or zip archive, one after another. Nothing is ever written anywhere. */
#ifndef LIBIMG_IO_ARCHIVE_READER_H
#define LIBIMG_IO_ARCHIVE_READER_H

#include "io/source/source.h"
#include "io/source/spool.h"

struct archive;
struct archive_entry;
struct archive_reader;

/* True if the source's next bytes are a member's head of tar or zip. */
bool archive_is_next(struct source *source);
/*
 * True if it is zip's. What its members are stands at its end: as a stream, without seeking, it is read
 * otherwise.
 */
bool archive_is_zip(struct source *source);

/*
 * The source stays the caller's, and must not be read while the reader is there.
 * @progress: may be null
 */
struct archive_reader *archive_reader_open(struct source *source,
					   const struct pimg_progress *progress,
					   struct pimg_error *error);
/* The same from within an archive of tar: from where a member's head is next. */
struct archive_reader *archive_reader_open_within(struct source *source, struct pimg_error *error);
void archive_reader_close(struct archive_reader *reader);

struct archive_member {
	const char *path; /* without "./" or "/" before it; valid until the next member */
	bool is_file;	  /* a regular one, and no link to another */
	bool is_link;	  /* a hard link to a member before it */
	/*
	 * The length, where the member's bytes may be found in one piece: before what follows it, in
	 * whole blocks of 512 bytes. Else 0.
	 */
	uint64_t in_one_piece;
};

/* Returns 1 and the next member, 0 after the last, or -1. */
int archive_reader_next(struct archive_reader *reader, struct archive_member *member,
			struct pimg_error *error);
/* Once the next member was asked for: where in the source its head begins, or the archive's end. */
uint64_t archive_reader_offset(const struct archive_reader *reader);
/*
 * True if a member's bytes, in_one_piece, begin there: its head ends there, and tells of that length.
 * Sparse files, of which the archive has but the parts that are no holes, are not so.
 */
bool archive_has_at(struct source *source, uint64_t offset, uint64_t in_one_piece);
/* All that the archive says of the member, and libarchive's number of the archive's format. */
struct archive_entry *archive_reader_entry(struct archive_reader *reader, int *format);
/* Adds the member's bytes to what is kept. */
int archive_reader_keep(struct archive_reader *reader, struct spool *spool,
			struct pimg_error *error);

#endif
