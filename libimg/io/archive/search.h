/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for directories below a directory on a disk. */
#ifndef LIBIMG_IO_ARCHIVE_SEARCH_H
#define LIBIMG_IO_ARCHIVE_SEARCH_H

#include "io/archive/roles.h"
#include "pipeimg.h"

/*
 * Calls found for each directory that has a file with one of the wanted roles, in the order of their names.
 * Symbolic links are not followed.
 * @path: of the directory to search
 * @found: gets the path below it: "a/b"; returns 0 if nothing below it is to be searched, 1 if it is, or -1
 */
int directories_search(const char *path, folder_roles_fn roles, unsigned wanted,
		       int (*found)(void *context, const char *below, struct pimg_error *error),
		       void *context, struct pimg_error *error);

#endif
