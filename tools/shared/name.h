/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the name of a file promises, and whether that is in it. */
#ifndef TOOLS_SHARED_NAME_H
#define TOOLS_SHARED_NAME_H

#include <stdbool.h>

#include "pipeimg.h"

/* Says so where what was written for a target is not what its name ends in, and how it would have become that. */
void note_broken_promise(const char *path, enum pimg_output target);

/* True for a file that is an image or an archive itself: neither compressed nor JSON. */
bool is_plain_file(const char *path);

/*
 * What a file of that name is: .json, .pcapng, or an image under any other name.
 * @compressed: set to whether .zst follows
 */
enum pimg_output target_of_name(const char *path, bool *compressed);

#endif
