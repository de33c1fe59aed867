/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory as a tar archive. */
#ifndef LIBIMG_IO_ARCHIVE_TREE_H
#define LIBIMG_IO_ARCHIVE_TREE_H

#include "io/archive/folder.h"
#include "io/sink/sink.h"

/* A file that gets another content, and keeps all else. */
struct tree_replacement {
	const char *base;
	struct source *content;
};

struct tree_archive {
	const char *path; /* of the directory */
	struct sink *to;
	/* What has a role comes first, and then the small before the large: who reads on from the
	 * start has early what is wanted. */
	folder_roles_fn roles;
	const char *below; /* the directory in it that has the files to replace, or null: itself */
	const struct tree_replacement *replacements;
	size_t replacement_count;
	const struct pimg_progress *progress;
};

/*
 * Writes the directory with all that is in it, as "./" and "./NAME": files with holes, extended
 * attributes, owners, modes and times; links as links. The format is pax.
 */
int tree_archive_write(const struct tree_archive *archive, struct pimg_error *error);

#endif
