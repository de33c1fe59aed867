/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory that gets its final name only when it is complete. */
#ifndef LIBIMG_IO_SINK_NEW_DIRECTORY_H
#define LIBIMG_IO_SINK_NEW_DIRECTORY_H

#include "pipeimg.h"

struct new_directory {
	int fd;
	char *name;	 /* as the user gave it, for messages */
	char *path;	 /* the final one, without slashes at its end */
	char *temporary; /* the name until then */
};

/* @path: must not exist, or be an empty directory */
int new_directory_make(struct new_directory *directory, const char *path, struct pimg_error *error);
/* Gives it its final name. Frees the structure, also on failure. */
int new_directory_commit(struct new_directory *directory, struct pimg_error *error);
/* Removes it with everything in it. */
void new_directory_abort(struct new_directory *directory);

#endif
