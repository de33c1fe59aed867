/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying a directory with everything in it. */
#ifndef LIBIMG_IO_SOURCE_TREE_H
#define LIBIMG_IO_SOURCE_TREE_H

#include "pipeimg.h"

/* Opens a directory. Returns a descriptor that the caller closes, or -1; errors name it. */
int tree_open(const char *path, struct pimg_error *error);

struct tree_copy {
	const char *from_name; /* for messages */
	const char *to_name;
	/* Names in the topmost directory that are skipped; ends with a null. */
	const char *const *without;
	const struct pimg_progress *progress;
	uint64_t done; /* bytes */
};

/*
 * Copies the entries of a directory into another, new one: files with holes, extended attributes, owners
 * (as far as the user may), modes and times; links as links.
 * Returns 0 or -1; entries already copied are not removed.
 */
int tree_copy(struct tree_copy *copy, int from, int to, struct pimg_error *error);

/* Gives a file the owner, mode and times of another. */
int tree_copy_attributes(int from, int to, const char *name, struct pimg_error *error);

/* Removes a directory's entries, as far as possible. */
void tree_remove_entries(int directory);

#endif
