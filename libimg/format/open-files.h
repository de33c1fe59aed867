/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The open files of a dump that have a queue, or are in flight in a socket. */
#ifndef LIBIMG_FORMAT_OPEN_FILES_H
#define LIBIMG_FORMAT_OPEN_FILES_H

#include "format/directory-parts.h"

int open_files_read(struct directory *directory, struct pimg_error *error);
/* Null if the file has no queue and is not in flight. */
struct open_file *open_files_find(const struct directory *directory, uint32_t id);
/* Passes each of them to the reader. */
int open_files_give(struct directory *directory, struct pimg_error *error);

#endif
