/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as rows: one for each member or element, indented, in their original order. */
#ifndef TUI_DATA_JSON_ROWS_H
#define TUI_DATA_JSON_ROWS_H

#include <stddef.h>

#include "data/row.h"

/*
 * Whether the bytes are one JSON value, or several in sequence (on separate lines or not). A zero byte must
 * follow them.
 */
bool json_rows_are_json(const uint8_t *bytes, size_t length);

/*
 * @bytes: for which json_rows_are_json() is true
 * @width: in columns; longer rows are continued in the next
 * Returns false if they are not JSON after all, or if memory is short.
 */
bool json_rows_make(const uint8_t *bytes, size_t length, uint32_t width, struct row **rows,
		    size_t *count);

/* The kind of part that a byte belongs to, for its colour. */
enum json_part {
	JSON_SIGN, /* braces, brackets, commas, colons */
	JSON_BLANK,
	JSON_NAME,
	JSON_STRING,
	JSON_OTHER, /* numbers, true, false, null */
};

/*
 * The part that begins at a byte of a row, which ends at the returned length.
 * @length: to the end of the row; it is followed by more bytes, or by the zero after all of them
 * @in_string: the byte is within a string that began in a row above
 * @cuts_name: as in the row
 */
size_t json_rows_part(const uint8_t *bytes, size_t length, bool in_string, bool cuts_name,
		      enum json_part *part);

#endif
