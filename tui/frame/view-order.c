// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/view-order.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "frame/ask.h"

/* ---- sorting ---- */

static void sort_by(struct view *view, const struct column *column, bool descending)
{
	view->sort = column;
	view->descending = descending;
	view->ops->sort(view, column, descending);
	if (!column)
		browser_say(view->browser, "not sorted");
	else
		browser_say(view->browser, "sorted by %s, %s", column->title,
			    descending ? "descending" : "ascending");
}

/* The next sortable column; after the last one, null. */
static const struct column *next_sort(const struct view *view)
{
	bool descending;
	const struct column *sorted = view_sorted_by(view, &descending);
	const struct column *column = sorted ? sorted + 1 : view->ops->columns;

	while (column->title && !column->key)
		column++;
	return column->title ? column : NULL;
}

static const struct column *column_by_title(const struct view *view, const char *title)
{
	for (const struct column *column = view->ops->columns; column->title; column++) {
		if (column->key && *title && !strncasecmp(column->title, title, strlen(title)))
			return column;
	}
	return NULL;
}

static void sort(struct view *view, const char *argument)
{
	const struct column *column;

	if (!view->ops->sort || !view->ops->columns) {
		browser_say(view->browser, "this view cannot be sorted");
		return;
	}
	column = argument ? column_by_title(view, argument) : next_sort(view);
	if (argument && *argument && !column) {
		browser_say(view->browser, "no sortable column begins with '%s'", argument);
		return;
	}
	sort_by(view, column, column && column->descends);
}

static void reverse(struct view *view)
{
	bool descending;
	const struct column *column = view_sorted_by(view, &descending);

	if (column)
		sort_by(view, column, !descending);
	else
		browser_say(view->browser, "not sorted; press s to sort by a column");
}

/* ---- filtering ---- */

static void filter_typed(void *context, const char *text)
{
	struct view *view = context;
	struct pimg_error error;

	/* An incomplete filter may be invalid, so errors are reported only when it is complete. */
	view->ops->filter(view, text, &error);
}

static void ask_filter(struct view *view, const char *argument)
{
	char text[EDIT_SIZE * 4] = "";
	struct pimg_error error;

	if (!view->ops->filter) {
		browser_say(view->browser, "this view cannot be filtered");
		return;
	}
	snprintf(text, sizeof(text), "%s", argument ? argument : view_filter_text(view));
	if (!argument &&
	    !ask_line(view->browser, "filter: ", NULL, text, sizeof(text), filter_typed, view))
		text[0] = '\0';
	if (strcmp(text, view_filter_text(view)) && view->ops->filter(view, text, &error) < 0)
		browser_complain(view->browser, &error);
}

static void drop_filter(struct view *view)
{
	struct pimg_error error;

	if (*view_filter_text(view))
		view->ops->filter(view, "", &error);
}

/* ---- all ---- */

bool view_order_request(struct view *view, enum request request, const char *argument)
{
	switch (request) {
	case REQUEST_SORT:
		sort(view, argument);
		return true;
	case REQUEST_REVERSE:
		reverse(view);
		return true;
	case REQUEST_FILTER:
		ask_filter(view, argument);
		return true;
	case REQUEST_CLEAR:
		drop_filter(view);
		return true;
	default:
		return false;
	}
}
