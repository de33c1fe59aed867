/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the members of a tar or zip archive, one after another. Never writes files. */
#ifndef LIBIMG_IO_ARCHIVE_READER_H
#define LIBIMG_IO_ARCHIVE_READER_H

#include "io/source/source.h"
#include "io/source/spool.h"

struct archive;
struct archive_entry;
struct archive_reader;

/* True if the source continues with a member's header of tar or zip. */
bool archive_is_next(struct source *source);
/*
 * True for zip, which stores information about its members at its end: as a stream, without seeking, it is
 * read differently.
 */
bool archive_is_zip(struct source *source);

/*
 * The source stays the caller's, and must not be read while the reader exists.
 * @progress: may be null
 */
struct archive_reader *archive_reader_open(struct source *source,
					   const struct pimg_progress *progress,
					   struct pimg_error *error);
/* The same from inside a tar archive, at the header of a member. */
struct archive_reader *archive_reader_open_within(struct source *source, struct pimg_error *error);
void archive_reader_close(struct archive_reader *reader);

struct archive_member {
	const char *path; /* without leading "./" or "/"; valid until the next member */
	bool is_file;	  /* a regular file that is not a link to another */
	bool is_directory;
	const char *link;  /* target of a symbolic or hard link, or null; valid as long as path */
	bool is_hard_link; /* the target is the path of another member */
	/*
	 * The length, if the member's bytes may be contiguous, in whole blocks of 512 bytes, before the
	 * next header. Else 0.
	 */
	uint64_t in_one_piece;
};

/* Returns 1 and the next member, 0 after the last, or -1. */
int archive_reader_next(struct archive_reader *reader, struct archive_member *member,
			struct pimg_error *error);
/* After the next member was read: offset of its header in the source, or of the archive's end. */
uint64_t archive_reader_offset(const struct archive_reader *reader);
/*
 * True if the contiguous bytes of a member begin there: its header ends there, and has that length.
 * False for sparse files, of which the archive contains only the data between the holes.
 */
bool archive_has_at(struct source *source, uint64_t offset, uint64_t in_one_piece);
/* Everything that the archive says about the member, and libarchive's number for the archive's format. */
struct archive_entry *archive_reader_entry(struct archive_reader *reader, int *format);
/* Appends the member's bytes to the spool. */
int archive_reader_keep(struct archive_reader *reader, struct spool *spool,
			struct pimg_error *error);

#endif
