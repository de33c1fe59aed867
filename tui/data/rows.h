/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a chunk cut into rows: so many a row for hex, at line feeds and at the width for text,
 * by its structure for JSON. The rows of hex are known at once. Those of text are found step by step;
 * the place of every 64th is kept. JSON is small enough to be read as a whole.
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

/* Of longer chunks there are no rows of JSON. */
#define ROWS_LONGEST_JSON (1024 * 1024)

/* Reads bytes of the chunk, as many as there are from offset on, at most size. Returns how many. */
typedef size_t (*rows_read_fn)(void *context, uint32_t offset, void *buffer, size_t size);

struct rows {
	enum form form;
	uint32_t length; /* of the chunk */
	uint32_t width;	 /* bytes of a row of hex, columns of one of text */
	rows_read_fn read;
	void *context;

	size_t count;
	bool complete;
	uint32_t end;	  /* of the rows found so far */
	uint32_t *starts; /* of every 64th row of text */
	size_t start_room;
	size_t near_row; /* a row of text looked at last, and where it starts */
	uint32_t near_start;

	struct row *json;
	uint8_t *bytes; /* all of them, for JSON */
};

/*
 * Begins. Rows that were there go.
 * Returns false if the bytes do not have that form (FORM_JSON), or memory is short; then there are none.
 */
bool rows_begin(struct rows *rows, enum form form, uint32_t length, uint32_t width,
		rows_read_fn read, void *context);
void rows_free(struct rows *rows);
/* The same bytes in the same form at another width. Returns false if memory is short. */
bool rows_resize(struct rows *rows, uint32_t width);
/* Finds more rows of text. Returns whether there are still more to find. */
bool rows_step(struct rows *rows);

/* @number: from 0, less than count */
struct row rows_get(struct rows *rows, size_t number);
/* The row that has a byte, or the last one if it is not found yet. */
size_t rows_find(struct rows *rows, uint32_t offset);

/*
 * What stands at a column of a row of text: a character, an escaped byte, or a tab.
 * Returns how many bytes that takes in; columns is set to its width.
 */
size_t rows_text_columns(const uint8_t *bytes, size_t length, size_t column, size_t *columns);

/* How many bytes a row of hex has, if there are so many columns for it. */
uint32_t rows_hex_width(int columns);

#endif
