/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a path leads into a CRIU dump, from which CRIU restores. */
#ifndef LIBIMG_FORMAT_DUMP_PATH_H
#define LIBIMG_FORMAT_DUMP_PATH_H

#include <stdbool.h>

/* True for a file that is, or will be, among the images of a dump, also through a link. */
bool path_is_in_dump(const char *path);
/* The same for a file with the name of a CRIU image: CRIU will read it. */
bool path_is_image_of_dump(const char *path);

#endif
