/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of verify: the result of each image, and the total. */
#ifndef TOOLS_COMMANDS_VERIFY_TABLE_H
#define TOOLS_COMMANDS_VERIFY_TABLE_H

#include <stdio.h>

#include "pipeimg.h"

struct table_row {
	const char *image;
	struct pimg_verify_summary summary;
	bool failed; /* it could not be read completely */
};

/* Width of the first column if rows are printed immediately. */
#define TABLE_WIDTH 16

void table_head(FILE *to, int width);
void table_row(FILE *to, const struct table_row *row, int width);
/* Prints all rows, and a total if there are several. */
void table_print(const struct table_row *rows, size_t count, const struct table_row *all);
void table_add(struct table_row *all, const struct table_row *row);

#endif
