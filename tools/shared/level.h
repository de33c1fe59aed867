/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Levels of compression, as options give them. */
#ifndef TOOLS_SHARED_LEVEL_H
#define TOOLS_SHARED_LEVEL_H

#include "shared/options.h"

/*
 * Takes a level of zstd.
 * @option: its name, for what is said if it is none
 * Returns 0 and sets level, or PIMG_USAGE after saying what is wrong.
 */
int take_level(const struct command *command, const char *option, const char *text, int *level);

#endif
