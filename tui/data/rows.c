// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/rows.h"

#include <stdlib.h>
#include <string.h>

#include "data/json-rows.h"
#include "terminal/escape.h"

#define KEPT_EVERY  64
#define ROWS_A_STEP 2048
#define TAB	    8
/* The most bytes in a row of text, however wide the terminal is. */
#define LONGEST_ROW 2048

void rows_free(struct rows *rows)
{
	free(rows->starts);
	free(rows->json);
	free(rows->bytes);
	memset(rows, 0, sizeof(*rows));
}

/* ---- hex ---- */

/* A row is "00000040  ", then two digits, a blank and a character for each byte: see views/payload.c. */
uint32_t rows_hex_width(int columns)
{
	uint32_t width = 64;

	while (width > 1 && (int)(10 + width * 4 + width / 8 + 3) > columns)
		width /= 2;
	return width;
}

static void begin_hex(struct rows *rows)
{
	rows->count = (size_t)(((uint64_t)rows->length + rows->width - 1) / rows->width);
	rows->complete = true;
}

static struct row hex_row(const struct rows *rows, size_t number)
{
	struct row row = {.offset = (uint32_t)(number * rows->width)};

	row.length =
		rows->length - row.offset < rows->width ? rows->length - row.offset : rows->width;
	return row;
}

/* ---- text ---- */

size_t rows_text_columns(const uint8_t *bytes, size_t length, size_t column, size_t *columns)
{
	char text[ESCAPE_SIZE];

	if (*bytes == '\t') {
		*columns = TAB - column % TAB;
		return 1;
	}
	return escape_next(bytes, length, text, columns);
}

/* How many bytes are in the row that begins at an offset. */
static uint32_t text_row_length(const struct rows *rows, uint32_t offset)
{
	uint8_t bytes[LONGEST_ROW];
	size_t length = rows->read(rows->context, offset, bytes, sizeof(bytes));
	size_t done = 0, column = 0, columns;

	while (done < length) {
		size_t taken;

		if (bytes[done] == '\n')
			return (uint32_t)done + 1;
		taken = rows_text_columns(bytes + done, length - done, column, &columns);
		/* A row has at least one character, even if it does not fit. */
		if (done && column + columns > rows->width)
			break;
		column += columns;
		done += taken;
	}
	/* Unreadable bytes are skipped, so that the loop ends. */
	return length ? (uint32_t)done : rows->length - offset;
}

static bool keep_start(struct rows *rows)
{
	size_t at = rows->count / KEPT_EVERY;
	uint32_t *starts;

	if (rows->count % KEPT_EVERY)
		return true;
	if (at >= rows->start_room) {
		starts = reallocarray(rows->starts, at * 2 + 16, sizeof(*starts));
		if (!starts)
			return false;
		rows->starts = starts;
		rows->start_room = at * 2 + 16;
	}
	rows->starts[at] = rows->end;
	return true;
}

bool rows_step(struct rows *rows)
{
	for (size_t i = 0; i < ROWS_A_STEP && !rows->complete; i++) {
		if (rows->end >= rows->length || !keep_start(rows)) {
			rows->complete = true;
			break;
		}
		rows->end += text_row_length(rows, rows->end);
		rows->count++;
	}
	return !rows->complete;
}

static struct row text_row(struct rows *rows, size_t number)
{
	struct row row = {0};

	/* Rows are usually requested in sequence. */
	if (number < rows->near_row || number - rows->near_row > KEPT_EVERY) {
		rows->near_row = number / KEPT_EVERY * KEPT_EVERY;
		rows->near_start = rows->starts[number / KEPT_EVERY];
	}
	while (rows->near_row < number) {
		rows->near_start += text_row_length(rows, rows->near_start);
		rows->near_row++;
	}
	row.offset = rows->near_start;
	row.length = text_row_length(rows, row.offset);
	return row;
}

/* ---- JSON ---- */

static bool make_json(struct rows *rows)
{
	return json_rows_make(rows->bytes, rows->length, rows->width, &rows->json, &rows->count);
}

static bool begin_json(struct rows *rows)
{
	if (!rows->length || rows->length > ROWS_LONGEST_JSON)
		return false;
	rows->bytes = calloc(1, rows->length + 1);
	if (!rows->bytes || rows->read(rows->context, 0, rows->bytes, rows->length) != rows->length)
		return false;
	rows->complete = true;
	return json_rows_are_json(rows->bytes, rows->length) && make_json(rows);
}

/* ---- all ---- */

bool rows_begin(struct rows *rows, enum form form, uint32_t length, uint32_t width,
		rows_read_fn read, void *context)
{
	rows_free(rows);
	rows->form = form;
	rows->length = length;
	rows->width = width ? width : 1;
	rows->read = read;
	rows->context = context;
	if (form == FORM_HEX) {
		begin_hex(rows);
	} else if (form == FORM_TEXT) {
		rows_step(rows);
	} else if (!begin_json(rows)) {
		rows_free(rows);
		return false;
	}
	return true;
}

/* Skips the check whether the bytes are JSON, which takes longest. */
bool rows_resize(struct rows *rows, uint32_t width)
{
	if (rows->form != FORM_JSON)
		return rows_begin(rows, rows->form, rows->length, width, rows->read, rows->context);
	free(rows->json);
	rows->width = width ? width : 1;
	return make_json(rows);
}

struct row rows_get(struct rows *rows, size_t number)
{
	if (rows->form == FORM_HEX)
		return hex_row(rows, number);
	return rows->form == FORM_TEXT ? text_row(rows, number) : rows->json[number];
}

/* Searches the kept rows first, so that at most 64 rows are read again. */
static size_t first_to_look_at(const struct rows *rows, uint32_t offset)
{
	size_t low = 0, high = (rows->count + KEPT_EVERY - 1) / KEPT_EVERY;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (rows->starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low * KEPT_EVERY;
}

static size_t find_json(const struct rows *rows, uint32_t offset)
{
	size_t low = 0, high = rows->count;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (rows->json[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t rows_find(struct rows *rows, uint32_t offset)
{
	size_t number;

	if (!rows->count)
		return 0;
	if (rows->form == FORM_JSON)
		return find_json(rows, offset);
	number = rows->form == FORM_HEX ? offset / rows->width : first_to_look_at(rows, offset);
	while (rows->form == FORM_TEXT && number + 1 < rows->count &&
	       rows_get(rows, number + 1).offset <= offset)
		number++;
	return number < rows->count ? number : rows->count - 1;
}
