/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the checks, for verify --list-checks. */
#ifndef TOOLS_COMMANDS_VERIFY_CHECKS_H
#define TOOLS_COMMANDS_VERIFY_CHECKS_H

#include <stdio.h>

#include "pipeimg.h"
#include "shared/text.h"

enum style check_style(const struct pimg_check *check);
/* Prints the explanation of a check, wrapped. */
void print_explanation(FILE *to, const struct pimg_check *check);
/* Prints the checks with these ids, or all checks. Returns the exit status. */
int report_checks(char **ids, int count);

#endif
