/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a chunk divided into rows: hex after a number of bytes, text at line feeds and at the width,
 * JSON by its structure. The rows of hex are known immediately. Those of text are found in steps, and the
 * position of every 64th is kept. JSON is small enough to be read completely.
 */
#ifndef TUI_DATA_ROWS_H
#define TUI_DATA_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/row.h"

enum form {
	FORM_HEX,
	FORM_TEXT,
	FORM_JSON,
	FORM_COUNT,
};

/* Longer chunks are not shown as JSON. */
#define ROWS_LONGEST_JSON (1024 * 1024)

/* Reads at most size bytes of the chunk, starting at offset. Returns how many were read. */
typedef size_t (*rows_read_fn)(void *context, uint32_t offset, void *buffer, size_t size);

struct rows {
	enum form form;
	uint32_t length; /* of the chunk */
	uint32_t width;	 /* bytes in a row of hex, columns in a row of text */
	rows_read_fn read;
	void *context;

	size_t count;
	bool complete;
	uint32_t end;	  /* of the rows found so far */
	uint32_t *starts; /* of every 64th row of text */
	size_t start_room;
	size_t near_row; /* the last row of text used, and where it starts */
	uint32_t near_start;

	struct row *json;
	uint8_t *bytes; /* all bytes, for JSON */
};

/*
 * Starts with new bytes, discarding the current rows.
 * Returns false if the bytes do not have that form (FORM_JSON), or memory is short; then there are no rows.
 */
bool rows_begin(struct rows *rows, enum form form, uint32_t length, uint32_t width,
		rows_read_fn read, void *context);
void rows_free(struct rows *rows);
/* Changes only the width. Returns false if memory is short. */
bool rows_resize(struct rows *rows, uint32_t width);
/* Finds more rows of text. Returns whether there may be still more. */
bool rows_step(struct rows *rows);

/* @number: from 0, less than count */
struct row rows_get(struct rows *rows, size_t number);
/* The row that contains a byte, or the last one if it is not found yet. */
size_t rows_find(struct rows *rows, uint32_t offset);

/*
 * Measures what is at a column of a row of text: a character, an escaped byte, or a tab.
 * Returns how many bytes it has, and sets columns to its width.
 */
size_t rows_text_columns(const uint8_t *bytes, size_t length, size_t column, size_t *columns);

/* How many bytes of hex fit into a row of that many columns. */
uint32_t rows_hex_width(int columns);

#endif
