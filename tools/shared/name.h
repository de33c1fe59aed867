/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format that a file name promises, and whether the file has it. */
#ifndef TOOLS_SHARED_NAME_H
#define TOOLS_SHARED_NAME_H

#include <stdbool.h>

#include "pipeimg.h"

/* Prints a notice if the format of the written file does not match its suffix. */
void note_broken_promise(const char *path, enum pimg_output target);

/* True if the file is an uncompressed image or archive, not JSON. */
bool is_plain_file(const char *path);

/*
 * The format by file name: .json, .pcapng, otherwise an image.
 * @compressed: set to whether the name ends in .zst
 */
enum pimg_output target_of_name(const char *path, bool *compressed);

#endif
