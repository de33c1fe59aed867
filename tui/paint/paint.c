// SPDX-License-Identifier: GPL-2.0-or-later
#include "paint/paint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terminal/escape.h"

static const struct {
	const char *unicode, *ascii;
} glyphs[GLYPH_COUNT] = {
	[GLYPH_RULE] = {"─", "-"},	[GLYPH_ELLIPSIS] = {"…", "~"},
	[GLYPH_ARROW] = {"→", ">"},	[GLYPH_MARK] = {"●", "*"},
	[GLYPH_UP] = {"▲", "^"},	[GLYPH_DOWN] = {"▼", "v"},
	[GLYPH_BAR_FULL] = {"█", "#"},	[GLYPH_BAR_EMPTY] = {"░", "."},
	[GLYPH_SEPARATOR] = {"│", "|"}, [GLYPH_DOT] = {"·", "-"},
};

struct pen pen_at(const struct area *area, int row)
{
	struct pen pen = {
		.row = area->row + row,
		.column = area->column,
		.end = area->column + area->width,
		.start = area->column,
	};

	/* A pen without columns draws nothing. */
	if (row < 0 || row >= area->height)
		pen.end = pen.column;
	return pen;
}

struct pen pen_field(const struct pen *pen, int width)
{
	struct pen field = *pen;

	field.start = field.column;
	if (width < field.end - field.column)
		field.end = field.column + width;
	return field;
}

/* Draws a text of that width if it fits completely. Returns false if it does not. */
static bool put(struct pen *pen, attr_t style, const char *text, int columns)
{
	if (pen->hidden >= columns) {
		pen->hidden -= columns;
		return true;
	}
	/* Blanks replace the visible half of a character that is partly hidden. */
	columns -= pen->hidden;
	if (pen->column + columns > pen->end)
		return false;
	/* In reverse video, colours would give each text a different background. */
	if (pen->under & A_REVERSE)
		style &= A_BOLD | A_UNDERLINE;
	attrset(style | pen->under);
	if (pen->hidden)
		mvprintw(pen->row, pen->column, "%*s", columns, "");
	else
		mvaddstr(pen->row, pen->column, text);
	pen->hidden = 0;
	pen->column += columns;
	pen->last = columns;
	return true;
}

void pen_skip_to(struct pen *pen, int column)
{
	pen->hidden = 0;
	if (column > pen->end)
		column = pen->end;
	while (pen->column < column)
		put(pen, screen_style(ROLE_PLAIN), " ", 1);
}

void pen_fill(struct pen *pen)
{
	pen_skip_to(pen, pen->end);
}

void pen_glyph(struct pen *pen, enum role role, enum glyph glyph)
{
	if (pen->is_cut)
		return;
	put(pen, screen_style(role),
	    screen_has_unicode() ? glyphs[glyph].unicode : glyphs[glyph].ascii, 1);
}

/* Draws the ellipsis for text that does not fit, over the last text if there is no space left. */
static void cut(struct pen *pen)
{
	if (pen->end <= pen->start)
		return;
	if (pen->column >= pen->end)
		pen->column = pen->end - (pen->last > 1 ? pen->last : 1);
	if (pen->column < pen->start)
		pen->column = pen->start;
	pen_glyph(pen, ROLE_DIM, GLYPH_ELLIPSIS);
	pen_fill(pen);
	pen->is_cut = true;
}

void pen_bytes(struct pen *pen, enum role role, const void *data, size_t length,
	       const uint8_t *flags)
{
	const char *bytes = data;
	size_t room = pen->end > pen->column ? (size_t)(pen->end - pen->column + pen->hidden) : 0;
	size_t fits = escape_fitting(bytes, length, room), columns;
	char text[ESCAPE_SIZE];

	if (pen->is_cut)
		return;
	if (fits < length)
		fits = escape_fitting(bytes, length, room ? room - 1 : 0);
	for (size_t done = 0; done < fits;) {
		enum role here = flags && flags[done] ? ROLE_MATCH : role;

		done += escape_next(bytes + done, length - done, text, &columns);
		put(pen, screen_style(here), text, (int)columns);
	}
	if (fits < length)
		cut(pen);
}

/* Only in a payload must a literal backslash be distinct from an escape. */
static void put_text(struct pen *pen, enum role role, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end && !pen->is_cut) {
		const char *slash = memchr(text, '\\', (size_t)(end - text));
		size_t before = (size_t)((slash ? slash : end) - text);

		pen_bytes(pen, role, text, before, NULL);
		if (slash && !pen->is_cut && !put(pen, screen_style(role), "\\", 1))
			cut(pen);
		text += before + (slash != NULL);
	}
}

static void put_blanks(struct pen *pen, enum role role, size_t count)
{
	while (count-- && !pen->is_cut && put(pen, screen_style(role), " ", 1))
		;
}

void pen_print(struct pen *pen, enum role role, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	size_t length, blanks = 0;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = strlen(text);
	while (blanks < length && text[length - 1 - blanks] == ' ')
		blanks++;
	put_text(pen, role, text, length - blanks);
	put_blanks(pen, role, blanks);
}

void pen_print_right(struct pen *pen, int width, enum role role, const char *format, ...)
{
	struct pen field = pen_field(pen, width);
	char text[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < width)
		pen_skip_to(&field, field.column + width - length);
	pen_bytes(&field, role, text, strlen(text), NULL);
	pen->column = field.column;
}

void pen_eighths(struct pen *pen, enum role role, unsigned eighths)
{
	static const char *const unicode[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", "_", "_", ".", "-", "=", "+", "#", "#"};

	if (eighths > 8)
		eighths = 8;
	if (pen->is_cut)
		return;
	put(pen, screen_style(role), screen_has_unicode() ? unicode[eighths] : ascii[eighths], 1);
}

void pen_bar(struct pen *pen, enum role role, int width, unsigned permille)
{
	int full = (int)(((unsigned)width * (permille > 1000 ? 1000 : permille) + 999) / 1000);

	for (int i = 0; i < width; i++) {
		if (i < full)
			pen_glyph(pen, role, GLYPH_BAR_FULL);
		else
			pen_glyph(pen, ROLE_DIM, GLYPH_BAR_EMPTY);
	}
}
