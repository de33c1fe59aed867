/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of show: one line for each dump. */
#ifndef TOOLS_COMMANDS_SHOW_TABLE_H
#define TOOLS_COMMANDS_SHOW_TABLE_H

#include "pipeimg.h"

/* All zeros is an empty table. */
struct show_table {
	struct show_row *rows;
	size_t count, room;
};

/*
 * Adds the line of one dump.
 * @name: by which the user knows it; copied
 * Returns 0, or an exit status after printing an error.
 */
int show_table_add(struct show_table *table, const struct pimg_image *image, const char *name);
/* Prints the heading and the lines, or nothing if there are none. */
void show_table_print(const struct show_table *table);
void show_table_release(struct show_table *table);

#endif
