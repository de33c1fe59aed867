// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/view-move.h"

#define SIDEWAYS      8
#define MOST_SIDEWAYS 400
#define WHEEL_LINES   3

static void move_to(struct view *view, size_t line)
{
	size_t before = view->line;

	view_select(view, line);
	if (view->line != before && view->ops->moved)
		view->ops->moved(view);
}

/* Negative numbers move up. */
static void move_by(struct view *view, long lines)
{
	size_t up = lines < 0 ? (size_t)-lines : 0;

	move_to(view, up > view->line ? 0 : view->line - up + (lines > 0 ? (size_t)lines : 0));
}

/* A page overlaps the previous one by a line. The view scrolls as far as the cursor moves. */
static void page_by(struct view *view, long lines)
{
	size_t up = lines < 0 ? (size_t)-lines : 0;

	view->top = up > view->top ? 0 : view->top - up + (lines > 0 ? (size_t)lines : 0);
	move_by(view, lines);
}

static void sideways(struct view *view, int columns)
{
	view->left += columns;
	if (view->left < 0)
		view->left = 0;
	if (view->left > MOST_SIDEWAYS)
		view->left = MOST_SIDEWAYS;
}

bool view_move_request(struct view *view, enum request request)
{
	long page = view->body.height > 1 ? view->body.height - 1 : 1, half = (page + 1) / 2;

	switch (request) {
	case REQUEST_UP:
		move_by(view, -1);
		return true;
	case REQUEST_DOWN:
		move_by(view, 1);
		return true;
	case REQUEST_PAGE_UP:
		page_by(view, -page);
		return true;
	case REQUEST_PAGE_DOWN:
		page_by(view, page);
		return true;
	case REQUEST_HALF_UP:
		page_by(view, -half);
		return true;
	case REQUEST_HALF_DOWN:
		page_by(view, half);
		return true;
	case REQUEST_FIRST:
		move_to(view, 0);
		return true;
	case REQUEST_LAST:
		move_to(view, SIZE_MAX);
		return true;
	case REQUEST_LEFT:
		sideways(view, -SIDEWAYS);
		return true;
	case REQUEST_RIGHT:
		sideways(view, SIDEWAYS);
		return true;
	default:
		return false;
	}
}

void view_mouse(struct view *view, const struct mouse *mouse)
{
	size_t line = view->top + (size_t)(mouse->row - view->body.row);

	if (mouse->action == MOUSE_WHEEL_UP)
		move_by(view, -WHEEL_LINES);
	else if (mouse->action == MOUSE_WHEEL_DOWN)
		move_by(view, WHEEL_LINES);
	else if (mouse->row >= view->body.row && line < view_count(view))
		move_to(view, line);
}
