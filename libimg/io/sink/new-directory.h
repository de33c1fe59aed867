/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory that takes its name only when all that belongs into it is there. */
#ifndef LIBIMG_IO_SINK_NEW_DIRECTORY_H
#define LIBIMG_IO_SINK_NEW_DIRECTORY_H

#include "pipeimg.h"

struct new_directory {
	int fd;
	char *name;	 /* as it was given, for messages */
	char *path;	 /* that it will have, without slashes at its end */
	char *temporary; /* that it has until then */
};

/* @path: must not exist, or be an empty directory */
int new_directory_make(struct new_directory *directory, const char *path, struct pimg_error *error);
/* Gives it its name. It is released in either case. */
int new_directory_commit(struct new_directory *directory, struct pimg_error *error);
/* Removes it with all that is in it. */
void new_directory_abort(struct new_directory *directory);

#endif
