/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a path leads into a dump of CRIU, which restores from what is there. */
#ifndef LIBIMG_FORMAT_DUMP_PATH_H
#define LIBIMG_FORMAT_DUMP_PATH_H

#include <stdbool.h>

/* True for a file that is, or will be, among the images of a dump, by a link too. */
bool path_is_in_dump(const char *path);
/* The same for what has the name of an image of CRIU there: CRIU will read it. */
bool path_is_image_of_dump(const char *path);

#endif
