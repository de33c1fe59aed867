/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All commands. Each is defined in a separate file; main.c has the table. */
#ifndef TOOLS_SHARED_COMMANDS_H
#define TOOLS_SHARED_COMMANDS_H

#include "shared/options.h"

extern const struct command command_list;
extern const struct command command_capture;
extern const struct command command_show;
extern const struct command command_restore;
extern const struct command command_verify;
extern const struct command command_compress;
extern const struct command command_convert;
extern const struct command command_criu_hook;
extern const struct command command_diff;
extern const struct command command_upgrade;
extern const struct command command_browse;

#endif
