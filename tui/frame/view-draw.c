// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/view-draw.h"

#include <string.h>

#include "frame/title.h"

static int head_rows(struct view *view, int rows)
{
	return view->ops->head_rows ? view->ops->head_rows(view, rows) : 0;
}

static void draw_heading(struct view *view, const struct column *column, struct pen *pen)
{
	bool descending, sorted = view_sorted_by(view, &descending) == column;
	enum role role = sorted ? ROLE_HEADING_SORT : ROLE_HEADING;
	int width = column->width, length = (int)strlen(column->title) + sorted;

	if (column->right && length < width)
		pen_skip_to(pen, pen->column + width - length);
	pen_print(pen, role, "%s", column->title);
	if (sorted)
		pen_glyph(pen, role, descending ? GLYPH_DOWN : GLYPH_UP);
}

/* Draws fields, one blank apart. Columns that do not fit are skipped, except the first. */
static void draw_fields(struct view *view, struct pen *pen,
			void (*draw)(struct view *, const struct column *, size_t, struct pen *),
			size_t item)
{
	for (const struct column *column = view->ops->columns; column->title; column++) {
		int start = pen->column, width = column->width ? column->width : pen->end - start;
		struct pen field = pen_field(pen, width);

		if (column != view->ops->columns && start + width > pen->end)
			break;
		draw(view, column, item, &field);
		pen->column = field.column;
		pen_skip_to(pen, start + width + 1);
	}
}

static void draw_title_field(struct view *view, const struct column *column, size_t item,
			     struct pen *field)
{
	(void)item;
	draw_heading(view, column, field);
}

static void draw_item_field(struct view *view, const struct column *column, size_t item,
			    struct pen *field)
{
	if (!column->width)
		field->hidden = view->left;
	column->draw(view, item, field);
	field->hidden = 0;
}

static void draw_headings(struct view *view, const struct area *area)
{
	struct pen pen = pen_at(area, 0);

	pen_skip_to(&pen, pen.column + 1);
	draw_fields(view, &pen, draw_title_field, 0);
	pen_fill(&pen);
}

static void draw_line(struct view *view, size_t line, struct pen *pen)
{
	if (!view->ops->columns) {
		view->ops->draw_line(view, line, pen);
		return;
	}
	if (view->ops->is_marked && view->ops->is_marked(view, line))
		pen_glyph(pen, ROLE_MARK, GLYPH_MARK);
	else
		pen_skip_to(pen, pen->column + 1);
	if (view->ops->draw_without_fields &&
	    view->ops->draw_without_fields(view, view_item(view, line), pen))
		return;
	draw_fields(view, pen, draw_item_field, view_item(view, line));
}

static const char *why_empty(struct view *view)
{
	if (view->ops->why_empty)
		return view->ops->why_empty(view);
	if (view->model && view->model->growing)
		return "none yet";
	if (*view_filter_text(view))
		return "nothing matches the filter; Esc clears it";
	return view->ops->empty ? view->ops->empty : "";
}

static void draw_body(struct view *view, const struct area *area, bool has_keys)
{
	size_t count = view_count(view);

	for (int row = 0; row < area->height; row++) {
		size_t line = view->top + (size_t)row;
		struct pen pen = pen_at(area, row);

		if (line < count && line == view->line)
			pen.under = screen_style(has_keys ? ROLE_SELECTED : ROLE_SELECTED_OTHER);
		if (line < count)
			draw_line(view, line, &pen);
		else if (!count && !row)
			pen_print(&pen, ROLE_DIM, " %s", why_empty(view));
		pen_fill(&pen);
	}
}

/* Takes rows from the top of an area. */
static struct area take_rows(struct area *area, int rows)
{
	struct area taken = *area;

	taken.height = rows < area->height ? rows : area->height;
	area->row += taken.height;
	area->height -= taken.height;
	return taken;
}

/* If there is little space, lines have priority: first the heads are omitted, then the title. */
void view_draw(struct view *view, const struct area *area, bool has_keys)
{
	struct area rest = *area, part;
	int rows = area->height;

	/* The number of lines can depend on their width. */
	view->body.width = area->width;
	/* There may be fewer lines than before. */
	view_select(view, view->line);
	if (view->ops->update)
		view->ops->update(view);
	view_select(view, view->line);
	if (rows > 1) {
		part = take_rows(&rest, 1);
		title_draw(view, &part, has_keys);
	}
	if (rows > 3 && head_rows(view, rows)) {
		part = take_rows(&rest, head_rows(view, rows));
		view->ops->draw_head(view, &part);
	}
	if (rows > 2 && view->ops->columns) {
		part = take_rows(&rest, 1);
		draw_headings(view, &part);
	}
	view->body = rest;
	view_select(view, view->line);
	draw_body(view, &rest, has_keys);
}

size_t view_wanted_rows(struct view *view, int rows)
{
	size_t count = view_count(view);

	return (count ? count : 1) + 1 + (size_t)head_rows(view, rows) +
	       (view->ops->columns != NULL);
}
