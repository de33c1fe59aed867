/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compression levels on the command line. */
#ifndef TOOLS_SHARED_LEVEL_H
#define TOOLS_SHARED_LEVEL_H

#include "shared/options.h"

/*
 * Parses a zstd level.
 * @option: name of the option, for the error message
 * Returns 0 and sets level, or PIMG_USAGE after printing an error.
 */
int take_level(const struct command *command, const char *option, const char *text, int *level);

#endif
