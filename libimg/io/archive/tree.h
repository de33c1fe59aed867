/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory as a tar archive. */
#ifndef LIBIMG_IO_ARCHIVE_TREE_H
#define LIBIMG_IO_ARCHIVE_TREE_H

#include "io/archive/folder.h"
#include "io/sink/sink.h"

/* A file whose content is replaced; everything else of it is kept. */
struct tree_replacement {
	const char *base;
	struct source *content;
};

struct tree_archive {
	const char *path; /* of the directory */
	struct sink *to;
	/*
	 * Files with a role come first, then small files before large ones, so that a reader of the stream
	 * gets the wanted files early.
	 */
	folder_roles_fn roles;
	const char *
		below; /* subdirectory with the files to replace, or null for the directory itself */
	const struct tree_replacement *replacements;
	size_t replacement_count;
	const struct pimg_progress *progress;
};

/*
 * Writes the directory with everything in it, as "./" and "./NAME": files with holes, extended attributes,
 * owners, modes and times; links as links. The format is pax.
 */
int tree_archive_write(const struct tree_archive *archive, struct pimg_error *error);

#endif
