/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints pipes as rows of a table. */
#ifndef TOOLS_COMMANDS_LIST_PRINT_H
#define TOOLS_COMMANDS_LIST_PRINT_H

#include "commands/list-look.h"

void row_print_head(void);
void row_print(const struct row *row);

#endif
