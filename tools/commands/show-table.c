// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/show-table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/container.h"
#include "shared/message.h"
#include "shared/text.h"

/* The last column is the only one whose cells are not padded. */
enum column {
	COLUMN_CONTAINER,
	COLUMN_ENGINE,
	COLUMN_CHECKPOINTED,
	COLUMN_QUEUES,
	COLUMN_PACKETS,
	COLUMN_BYTES,
	COLUMN_LOST,
	COLUMN_HOOK,
	COLUMN_IMAGE,
	COLUMNS
};

static const struct {
	const char *title;
	bool is_number;
	size_t least; /* width to which it can be cut, or 0 */
} columns[COLUMNS] = {
	[COLUMN_CONTAINER] = {"CONTAINER", false, 9},
	[COLUMN_ENGINE] = {"ENGINE", false, 0},
	[COLUMN_CHECKPOINTED] = {"CHECKPOINTED UTC", false, 0},
	[COLUMN_QUEUES] = {"QUEUES", true, 0},
	[COLUMN_PACKETS] = {"PACKETS", true, 0},
	[COLUMN_BYTES] = {"BYTES", true, 0},
	[COLUMN_LOST] = {"LOST", true, 0},
	[COLUMN_HOOK] = {"HOOK", false, 0},
	[COLUMN_IMAGE] = {"IMAGE", false, 12},
};

struct show_row {
	char *cells[COLUMNS];
	size_t widths[COLUMNS]; /* on the screen */
	bool alarming;
};

/* ---- the cells of a dump ---- */

static char *text_cell(const char *text)
{
	return strdup(text ? text : "-");
}

static char *number_cell(uint64_t number)
{
	char *text;

	return asprintf(&text, "%" PRIu64, number) < 0 ? NULL : text;
}

static char *name_cell(const struct pimg_container *container)
{
	if (container && !container->name && container->id)
		return strndup(container->id, CONTAINER_ID_SHOWN);
	return text_cell(container ? container->name : NULL);
}

static void fill_cells(char *cells[COLUMNS], const struct pimg_image *image, const char *name)
{
	const struct pimg_container *container = pimg_image_container(image);
	struct pimg_image_line line;

	pimg_image_line(image, &line);
	cells[COLUMN_CONTAINER] = name_cell(container);
	cells[COLUMN_ENGINE] = text_cell(container ? container->engine : NULL);
	cells[COLUMN_CHECKPOINTED] = strdup(line.checkpointed);
	cells[COLUMN_QUEUES] = number_cell(line.queues);
	cells[COLUMN_PACKETS] = number_cell(line.packets);
	cells[COLUMN_BYTES] = number_cell(line.bytes);
	cells[COLUMN_LOST] = number_cell(line.boundaries_lost);
	cells[COLUMN_HOOK] = strdup(line.hook);
	cells[COLUMN_IMAGE] = strdup(name);
}

static void free_row(struct show_row *row)
{
	for (size_t i = 0; i < COLUMNS; i++)
		free(row->cells[i]);
}

static bool is_complete(const struct show_row *row)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!row->cells[i])
			return false;
	}
	return true;
}

int show_table_add(struct show_table *table, const struct pimg_image *image, const char *name)
{
	struct show_row row = {0}, *grown;

	if (table->count == table->room) {
		size_t room = table->room * 2 + 8;

		grown = reallocarray(table->rows, room, sizeof(*grown));
		if (!grown)
			return refuse(PIMG_SYSTEM, "out of memory");
		table->rows = grown;
		table->room = room;
	}
	fill_cells(row.cells, image, name);
	if (!is_complete(&row)) {
		free_row(&row);
		return refuse(PIMG_SYSTEM, "out of memory");
	}
	for (size_t i = 0; i < COLUMNS; i++)
		row.widths[i] = text_columns(row.cells[i]);
	row.alarming = pimg_image_damage(image) || strcmp(row.cells[COLUMN_LOST], "0");
	table->rows[table->count++] = row;
	return 0;
}

void show_table_release(struct show_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free_row(&table->rows[i]);
	free(table->rows);
}

/* ---- printing ---- */

static size_t total_of(const size_t widths[COLUMNS])
{
	size_t total = COLUMNS - 1;

	for (size_t i = 0; i < COLUMNS; i++)
		total += widths[i];
	return total;
}

/* Cuts the widest columns of names first. Nothing is cut in a file or a pipe. */
static void fit_terminal(size_t widths[COLUMNS])
{
	size_t room = output_columns(), total = total_of(widths);

	if (!isatty(STDOUT_FILENO))
		return;
	while (total > room) {
		size_t widest = COLUMNS;

		for (size_t i = 0; i < COLUMNS; i++) {
			if (columns[i].least && widths[i] > columns[i].least &&
			    (widest == COLUMNS || widths[i] > widths[widest]))
				widest = i;
		}
		if (widest == COLUMNS)
			return;
		widths[widest]--;
		total--;
	}
}

static void print_cell(enum column column, const char *text, size_t width, size_t padded)
{
	size_t fill = padded > width ? padded - width : 0;

	if (columns[column].is_number)
		printf("%*s", (int)fill, "");
	print_bytes(stdout, text, strlen(text), padded, false);
	if (!columns[column].is_number && column + 1 < COLUMNS)
		printf("%*s", (int)fill, "");
	if (column + 1 < COLUMNS)
		putchar(' ');
}

static void print_head(const size_t widths[COLUMNS])
{
	fputs(style(STYLE_DIM), stdout);
	for (size_t i = 0; i < COLUMNS; i++)
		print_cell((enum column)i, columns[i].title, strlen(columns[i].title), widths[i]);
	fputs(style(STYLE_PLAIN), stdout);
	putchar('\n');
}

static void print_row(const struct show_row *row, const size_t widths[COLUMNS])
{
	fputs(row->alarming ? style(STYLE_ALARM) : "", stdout);
	for (size_t i = 0; i < COLUMNS; i++)
		print_cell((enum column)i, row->cells[i], row->widths[i], widths[i]);
	fputs(row->alarming ? style(STYLE_PLAIN) : "", stdout);
	putchar('\n');
}

void show_table_print(const struct show_table *table)
{
	size_t widths[COLUMNS];

	if (!table->count)
		return;
	for (size_t i = 0; i < COLUMNS; i++) {
		widths[i] = strlen(columns[i].title);
		for (size_t j = 0; j < table->count; j++) {
			size_t width = table->rows[j].widths[i];

			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
	fit_terminal(widths);
	print_head(widths);
	for (size_t j = 0; j < table->count; j++)
		print_row(&table->rows[j], widths);
}
