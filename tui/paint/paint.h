/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drawing of a row: text that stays in its columns, bytes that cannot control the terminal. */
#ifndef TUI_PAINT_PAINT_H
#define TUI_PAINT_PAINT_H

#include "terminal/screen.h"

/* Part of the screen. */
struct area {
	int row, column, height, width;
};

/* Where the next text of a row goes. Nothing is ever drawn at end or right of it. */
struct pen {
	int row, column, end;
	int start;    /* the first column that is its own */
	int last;     /* columns of what was drawn last */
	bool is_cut;  /* something found no room, and a sign stands for it: nothing more is drawn */
	int hidden;   /* columns that are still to be left out: of a row scrolled sideways */
	attr_t under; /* what the whole row has: the selection */
};

/* A pen at the first column of a row of an area. Rows outside of it are not drawn. */
struct pen pen_at(const struct area *area, int row);
/* The same pen, for a field of that many columns; it moves on by itself, the other stays. */
struct pen pen_field(const struct pen *pen, int width);
/* Blanks up to a column of the screen; to the end of the row. */
void pen_skip_to(struct pen *pen, int column);
void pen_fill(struct pen *pen);

/*
 * Text of our own, and numbers. Whatever may be in the arguments is escaped. What finds no room is cut
 * with an ellipsis, blanks at the end without one.
 */
void pen_print(struct pen *pen, enum role role, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, ending at the end of a field of that width. */
void pen_print_right(struct pen *pen, int width, enum role role, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * Bytes of a payload, or a name that another process chose: escaped, and cut with an ellipsis. Of
 * texts that follow each other there is one, in place of what was drawn last if need be.
 * @flags: a byte each, nonzero where it was searched for, or null
 */
void pen_bytes(struct pen *pen, enum role role, const void *bytes, size_t length,
	       const uint8_t *flags);

/* Signs that are not ASCII, with a substitute where only that can be drawn. */
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
/* A column of which so many eighths are filled, from below. */
void pen_eighths(struct pen *pen, enum role role, unsigned eighths);
/* A bar that is filled to so many permille. */
void pen_bar(struct pen *pen, enum role role, int width, unsigned permille);

#endif
