// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/layout.h"

#include <stdio.h>
#include <string.h>

#include "frame/search.h"
#include "frame/view-draw.h"
#include "terminal/escape.h"

#define ROWS_TO_SHARE 12
#define MESSAGE_ROWS  4
#define UPPER_ROWS    5 /* at least: title, column headings and some lines */

static bool is_shared(const struct browser *browser, int rows)
{
	if (browser->count < 2 || browser->full || rows < ROWS_TO_SHARE)
		return false;
	return !browser->views[browser->count - 1]->ops->fills_screen &&
	       !browser->views[browser->count - 2]->ops->fills_screen;
}

/* The upper view gets a third of the screen, or less if it has fewer lines. */
static int upper_rows(struct browser *browser, int rows)
{
	int third = rows / 3 > UPPER_ROWS ? rows / 3 : UPPER_ROWS;
	size_t wanted = view_wanted_rows(browser->views[browser->count - 2], third);

	return wanted < (size_t)third ? (int)wanted : third;
}

static void draw_views(struct browser *browser, const struct area *area)
{
	struct area upper = *area, lower = *area;
	size_t top = browser->count - 1;

	if (!is_shared(browser, area->height)) {
		view_draw(browser_focus(browser), area, true);
		return;
	}
	upper.height = upper_rows(browser, area->height);
	lower.row += upper.height;
	lower.height -= upper.height;
	view_draw(browser->views[top - 1], &upper, browser->focus == top - 1);
	view_draw(browser->views[top], &lower, browser->focus == top);
}

size_t layout_view_at(const struct browser *browser, int row)
{
	size_t top = browser->count - 1;

	if (!is_shared(browser, LINES - 1))
		return browser->focus;
	/* The title of a view is the row above its body. */
	return row < browser->views[top - 1]->body.row + browser->views[top - 1]->body.height
		       ? top - 1
		       : top;
}

/* ---- the last row ---- */

static void draw_hints(struct browser *browser, struct pen *pen)
{
	const enum request *hints = browser_focus(browser)->ops->hints;
	char key[32];

	for (; hints && *hints; hints++) {
		const char *name = request_name(*hints);
		int width;

		request_key_name(*hints, key, sizeof(key));
		width = (int)(strlen(key) + strlen(name)) + 3;
		if (pen->column + width > pen->end + 2)
			return;
		pen_print(pen, ROLE_KEY, "%s", key);
		pen_print(pen, ROLE_DIM, " %s  ", name);
	}
}

/* Of a long line, shows the end, where the cursor is. */
static void draw_edit(struct browser *browser, struct pen *pen)
{
	char text[EDIT_SIZE * 4], before[EDIT_SIZE * 4];
	size_t skip = 0, room;

	pen_print(pen, ROLE_KEY, "%s", browser->label);
	edit_text(browser->edit, text, sizeof(text));
	edit_text_before(browser->edit, before, sizeof(before));
	room = pen->end > pen->column + 1 ? (size_t)(pen->end - pen->column - 1) : 1;
	while (escape_fitting(before + skip, strlen(before + skip), room) < strlen(before + skip)) {
		char shown[ESCAPE_SIZE];
		size_t columns;

		skip += escape_next(before + skip, strlen(before + skip), shown, &columns);
	}
	pen_print(pen, ROLE_PLAIN, "%s", before + skip);
	browser->edit_column = pen->column < pen->end ? pen->column : pen->end - 1;
	pen_print(pen, ROLE_PLAIN, "%s", text + strlen(before));
}

/* How many bytes of a message fit into a row, up to the last blank if there is one. */
static size_t row_of_message(const char *text, int width)
{
	size_t fits = escape_fitting(text, strlen(text), (size_t)width), blank = fits;

	if (!text[fits])
		return fits;
	while (blank && text[blank] != ' ')
		blank--;
	return blank ? blank + 1 : fits;
}

static int count_message_rows(const char *text, int width)
{
	int rows = 1;

	for (size_t taken; (taken = row_of_message(text, width)) && text[taken]; text += taken)
		rows++;
	return rows;
}

/* A long message takes rows from the view while it is shown. */
static int rows_for_message(const char *text)
{
	int rows = COLS > 20 ? count_message_rows(text, COLS) : 1;

	if (rows > MESSAGE_ROWS)
		rows = MESSAGE_ROWS;
	return rows <= LINES / 2 ? rows : 1;
}

bool layout_has_room(const char *message)
{
	return count_message_rows(message, COLS) <= rows_for_message(message);
}

static void draw_message(const struct browser *browser)
{
	const char *text = browser->message;
	struct area area = {.width = COLS};

	area.height = rows_for_message(text);
	area.row = LINES - area.height;
	for (int row = 0; row < area.height; row++) {
		bool is_last = row + 1 == area.height;
		size_t taken = is_last ? strlen(text) : row_of_message(text, COLS);
		struct pen pen = pen_at(&area, row);

		pen_print(&pen, browser->message_role, "%.*s", (int)taken, text);
		pen_fill(&pen);
		text += taken;
	}
}

static void draw_last_row(struct browser *browser, const struct area *area)
{
	struct pen pen = pen_at(area, 0);

	if (browser->edit)
		draw_edit(browser, &pen);
	else if (browser->search)
		search_draw(browser, &pen);
	else if (browser->message[0])
		draw_message(browser);
	else
		draw_hints(browser, &pen);
	if (browser->edit || browser->search || !browser->message[0])
		pen_fill(&pen);
}

/* If the screen has only one row, views use it unless there is a question or message. */
void layout_draw(struct browser *browser)
{
	struct area last = {LINES - 1, 0, 1, COLS}, rest = {0, 0, LINES - 1, COLS};
	bool has_room = LINES > 1;

	if (!has_room)
		rest.height = 1;
	erase();
	draw_views(browser, &rest);
	if (has_room || browser->edit || browser->message[0])
		draw_last_row(browser, &last);
	if (browser->edit)
		move(last.row, browser->edit_column);
	curs_set(browser->edit ? 1 : 0);
	browser->drawn_ns = screen_now_ns();
}
