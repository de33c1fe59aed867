/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies an archive with some of its members replaced. Everything else is copied byte for byte, including headers, so
 * no library has to understand it. Only a replaced member gets a header written by libarchive, in the format of the
 * old one and with the same values except length and holes.
 */
#ifndef LIBIMG_IO_ARCHIVE_REWRITE_H
#define LIBIMG_IO_ARCHIVE_REWRITE_H

#include "io/archive/folder.h"
#include "io/sink/sink.h"

struct archive_replacement {
	const char *base;	     /* the last component of its path */
	const char *new_base;	     /* the new one, or null to keep it */
	struct folder_extent extent; /* of the member that it replaces */
	struct source *content;	     /* at its start */
};

struct archive_rewrite {
	struct sink *to;
	struct archive_replacement *replacements; /* will be sorted */
	size_t count;
	const struct pimg_progress *progress; /* or null */
	uint64_t reported;
};

/* @from: the archive, decompressed, at its start */
int archive_rewrite(struct archive_rewrite *work, struct source *from, struct pimg_error *error);
/* The error of an archive in which something is no longer where it was. */
int archive_changed(const char *name, struct pimg_error *error);

#endif
