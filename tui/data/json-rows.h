/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as rows: a member or element each, indented, in the order in which they stand. */
#ifndef TUI_DATA_JSON_ROWS_H
#define TUI_DATA_JSON_ROWS_H

#include <stddef.h>

#include "data/row.h"

/*
 * Whether the bytes are one value, or several one after the other (a line each, or not); a zero stands
 * behind them.
 */
bool json_rows_are_json(const uint8_t *bytes, size_t length);

/*
 * @bytes: for which json_rows_are_json() is true
 * @width: in columns; longer rows go on in the next
 * Returns false if that is no JSON after all, or memory is short.
 */
bool json_rows_make(const uint8_t *bytes, size_t length, uint32_t width, struct row **rows,
		    size_t *count);

/* What a byte of it belongs to, for its colour. */
enum json_part {
	JSON_SIGN, /* braces, brackets, commas, colons */
	JSON_BLANK,
	JSON_NAME,
	JSON_STRING,
	JSON_OTHER, /* numbers, true, false, null */
};

/*
 * The part that begins at a byte of a row, which ends at the returned length.
 * @length: to the end of the row; behind it stands more, or the zero behind all
 * @in_string: the byte is within a string that began in a row above
 * @cuts_name: of the row
 */
size_t json_rows_part(const uint8_t *bytes, size_t length, bool in_string, bool cuts_name,
		      enum json_part *part);

#endif
