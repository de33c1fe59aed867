/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The images that verify looks at, one after another: those named, or all below directories. */
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

	size_t at;		/* the path that is next, or within which it walks */
	FTS *below;		/* where it walks, or null */
	enum pimg_status worst; /* of what could not be read, which was reported */
};

/* One of them, in the order in which they are reported. */
struct walk_item {
	char *path;	  /* the caller's to free */
	size_t root;	  /* number of the path by which it was found */
	bool is_found;	  /* by searching: it need not be an image */
	bool is_in_dump;  /* it lies in a directory that is an item too */
	const char *skip; /* why it is not to be opened, or null */
};

/* Returns 1 and sets item, 0 after the last, or -1 where memory is short. */
int walk_next(struct walk *walk, struct walk_item *item);
void walk_end(struct walk *walk);

#endif
