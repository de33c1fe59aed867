// SPDX-License-Identifier: GPL-2.0-or-later
/* Saves the screen to a file. */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "pipeimg-private.h"
#include "terminal/screen.h"
#include "terminal/trouble.h"

static void save_row(FILE *file, int row)
{
	wchar_t text[CCHARW_MAX + 1];
	attr_t style;
	cchar_t cell;
	short pair;
	int blanks = 0;

	for (int column = 0; column < COLS; column++) {
		if (mvin_wch(row, column, &cell) == ERR ||
		    getcchar(&cell, text, &style, &pair, NULL) == ERR)
			continue;
		if (!wcscmp(text, L" ")) {
			blanks++;
			continue;
		}
		fprintf(file, "%*s%ls", blanks, "", text);
		blanks = 0;
		/* The second cell of a wide character repeats it. */
		if (wcwidth(text[0]) > 1)
			column += wcwidth(text[0]) - 1;
	}
	fputc('\n', file);
}

int screen_save(const char *path, bool replace, struct pimg_error *error)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);
	int result;

	if (!file)
		return system_trouble(error, 0, "no memory");
	for (int row = 0; row < LINES; row++)
		save_row(file, row);
	result = fclose(file) ? system_trouble(error, 0, "no memory")
			      : pimg_write_file(path, text, length, replace, error);
	free(text);
	return result;
}
