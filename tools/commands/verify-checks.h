/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of verify, as --list-checks prints them. */
#ifndef TOOLS_COMMANDS_VERIFY_CHECKS_H
#define TOOLS_COMMANDS_VERIFY_CHECKS_H

#include <stdio.h>

#include "pipeimg.h"
#include "shared/text.h"

enum style check_style(const struct pimg_check *check);
/* What a check means, in lines. */
void print_explanation(FILE *to, const struct pimg_check *check);
/* The table of checks, or those named. Returns the exit status. */
int report_checks(char **ids, int count);

#endif
