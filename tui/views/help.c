// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/help.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_COLUMNS  14
#define NAME_COLUMNS 14

static size_t count(struct view *view)
{
	(void)view;
	return request_line_count();
}

static void draw_line(struct view *view, size_t line, struct pen *pen)
{
	const struct request_line *entry = request_line(line);
	int start = pen->column + 1;

	(void)view;
	if (entry->request == REQUEST_NONE) {
		pen_print(pen, ROLE_TITLE, "%s", entry->name);
		return;
	}
	pen_skip_to(pen, start);
	pen_print(pen, ROLE_KEY, "%s", entry->keys);
	pen_skip_to(pen, start + KEY_COLUMNS);
	pen_print(pen, ROLE_NAME, "%s", entry->name);
	pen_skip_to(pen, start + KEY_COLUMNS + NAME_COLUMNS);
	pen_print(pen, ROLE_PLAIN, "%s", entry->help);
}

static void line_text(struct view *view, size_t line, char *text, size_t size)
{
	const struct request_line *entry = request_line(line);

	(void)view;
	snprintf(text, size, "%s %s %s", entry->keys ? entry->keys : "", entry->name,
		 entry->help ? entry->help : "");
}

static void close_view(struct view *view)
{
	view_release(view);
	free(view);
}

static const enum request hints[] = {REQUEST_BACK, REQUEST_SEARCH, REQUEST_FIND_NEXT, REQUEST_NONE};

static const struct view_ops ops = {
	.name = "help",
	.hints = hints,
	.fills_screen = true,
	.search_unit = SEARCH_LINES,
	.count = count,
	.draw_line = draw_line,
	.line_text = line_text,
	.close = close_view,
};

struct view *view_help_new(struct browser *browser)
{
	struct view *view = malloc(sizeof(*view));

	if (view)
		view_init(view, &ops, browser, NULL);
	return view;
}
