/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws a row: text stays in its columns, and bytes cannot control the terminal. */
#ifndef TUI_PAINT_PAINT_H
#define TUI_PAINT_PAINT_H

#include "terminal/screen.h"

/* Part of the screen. */
struct area {
	int row, column, height, width;
};

/* Where the next text of a row is drawn. Nothing is ever drawn at end or to the right of it. */
struct pen {
	int row, column, end;
	int start;    /* its first column */
	int last;     /* columns of the text drawn last */
	bool is_cut;  /* a text did not fit, and has an ellipsis: nothing more is drawn */
	int hidden;   /* columns still to be skipped, of a row that is scrolled sideways */
	attr_t under; /* the attributes of the complete row: the selection */
};

/* A pen at the first column of a row of an area. Rows outside the area are not drawn. */
struct pen pen_at(const struct area *area, int row);
/* A copy of the pen, for a field of that many columns. Drawing with it does not move the original. */
struct pen pen_field(const struct pen *pen, int width);
/* Draws blanks up to a column of the screen, or to the end of the row. */
void pen_skip_to(struct pen *pen, int column);
void pen_fill(struct pen *pen);

/*
 * Draws formatted text. Arguments are escaped. Text that does not fit ends in an ellipsis, unless only
 * trailing blanks are lost.
 */
void pen_print(struct pen *pen, enum role role, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, right-aligned in a field of that width. */
void pen_print_right(struct pen *pen, int width, enum role role, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * Draws bytes of a payload, or a name that another process chose: escaped, and truncated with an ellipsis.
 * Consecutive texts share one ellipsis, which replaces the last text if necessary.
 * @flags: for each byte, nonzero if it is part of a match; or null
 */
void pen_bytes(struct pen *pen, enum role role, const void *bytes, size_t length,
	       const uint8_t *flags);

/* Symbols that are not ASCII, with an ASCII substitute. */
enum glyph {
	GLYPH_RULE,
	GLYPH_ELLIPSIS,
	GLYPH_ARROW,
	GLYPH_MARK,
	GLYPH_UP,
	GLYPH_DOWN,
	GLYPH_BAR_FULL,
	GLYPH_BAR_EMPTY,
	GLYPH_SEPARATOR, /* of columns */
	GLYPH_DOT,	 /* between parts of a title */
	GLYPH_COUNT,
};

void pen_glyph(struct pen *pen, enum role role, enum glyph glyph);
/* A column filled from below by that many eighths. */
void pen_eighths(struct pen *pen, enum role role, unsigned eighths);
/* A bar filled to that many permille. */
void pen_bar(struct pen *pen, enum role role, int width, unsigned permille);

#endif
