/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a layer of a container image hides in the layers below it: whiteouts, as the OCI image specification
 * defines them in layer.md, and files in place of directories.
 */
#ifndef LIBIMG_IO_ARCHIVE_WHITEOUTS_H
#define LIBIMG_IO_ARCHIVE_WHITEOUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "pipeimg.h"

struct whiteout {
	char *path;	 /* everything below it is hidden */
	bool only_below; /* but not itself */
};

struct whiteouts {
	struct whiteout *all;
	size_t count, room;
	size_t bytes; /* of the paths */
};

/*
 * What a member of the layer hides.
 * @path: of the member
 * Returns 1 and sets whiteout, whose path the caller frees; 0 if it hides nothing; or -1.
 */
int whiteout_of(const char *path, bool is_directory, struct whiteout *whiteout,
		struct pimg_error *error);
/* Takes ownership of the path, also on failure. */
int whiteouts_add(struct whiteouts *whiteouts, struct whiteout whiteout, struct pimg_error *error);
/* To be called after the last is added, before whiteouts_hide(). */
void whiteouts_sort(struct whiteouts *whiteouts);
/* Whether the path, of a layer below, is hidden. */
bool whiteouts_hide(const struct whiteouts *whiteouts, const char *path);
void whiteouts_release(struct whiteouts *whiteouts);

#endif
