// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/view.h"

#include <string.h>

void view_init(struct view *view, const struct view_ops *ops, struct browser *browser,
	       struct model *model)
{
	memset(view, 0, sizeof(*view));
	view->ops = ops;
	view->browser = browser;
	view->model = model;
	view->body.height = 1;
}

void view_release(struct view *view)
{
	if (view->owns_model)
		model_free(view->model);
}

/* ---- selection ---- */

size_t view_count(struct view *view)
{
	return view->list ? order_count(view->list) : view->ops->count(view);
}

size_t view_item(struct view *view, size_t line)
{
	return view->list ? order_item(view->list, line) : line;
}

size_t view_selected(struct view *view)
{
	return view->line < view_count(view) ? view_item(view, view->line) : ORDER_NOWHERE;
}

static void scroll_into_sight(struct view *view)
{
	size_t rows = (size_t)(view->body.height > 0 ? view->body.height : 1);
	size_t count = view_count(view);

	if (view->line < view->top)
		view->top = view->line;
	if (view->line >= view->top + rows)
		view->top = view->line - rows + 1;
	/* Avoid blank rows below the last line while lines above are hidden. */
	if (view->top + rows > count)
		view->top = count > rows ? count - rows : 0;
}

void view_select(struct view *view, size_t line)
{
	size_t count = view_count(view);

	view->line = line < count ? line : count ? count - 1 : 0;
	scroll_into_sight(view);
}

void view_follow(struct view *view, size_t item)
{
	size_t line;

	if (view_selected(view) == item)
		return;
	line = order_line(view->list, item);
	if (line != ORDER_NOWHERE)
		view_select(view, line);
	else if (view_count(view) && order_percent(view->list) == 100)
		view->ops->moved(view);
}

/* ---- sorting and filtering ---- */

static const struct column *column_by_key(const struct view *view, order_key_fn key)
{
	for (const struct column *column = view->ops->columns; key && column->title; column++) {
		if (column->key == key)
			return column;
	}
	return NULL;
}

const struct column *view_sorted_by(const struct view *view, bool *descending)
{
	if (view->ops->sorted_by)
		return column_by_key(view, view->ops->sorted_by(view, descending));
	*descending = view->descending;
	return view->sort;
}

const char *view_filter_text(const struct view *view)
{
	return view->filter ? view->filter->text : "";
}
