/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Iterates over the images to verify: the given ones, or all below directories. */
#ifndef TOOLS_COMMANDS_VERIFY_WALK_H
#define TOOLS_COMMANDS_VERIFY_WALK_H

#include <fts.h>
#include <stdbool.h>
#include <stddef.h>

#include "pipeimg.h"

struct walk {
	char **paths;
	size_t count;
	bool recursive;

	size_t at;		/* index of the next path, or of the one being walked */
	FTS *below;		/* the walk below that path, or null */
	enum pimg_status worst; /* of the errors reported while walking */
};

/* An image, in the order of the reports. */
struct walk_item {
	char *path;	  /* the caller must free it */
	size_t root;	  /* index of the path where it was found */
	bool is_found;	  /* found by searching, so it may not be an image */
	bool is_in_dump;  /* its directory is also an item */
	const char *skip; /* why it must not be opened, or null */
};

/* Returns 1 and sets item, 0 after the last, or -1 if out of memory. */
int walk_next(struct walk *walk, struct walk_item *item);
void walk_end(struct walk *walk);

#endif
