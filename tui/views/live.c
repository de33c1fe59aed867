// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/live.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/blocking.h"
#include "data/turn.h"
#include "views/holders.h"
#include "views/live-view.h"
#include "views/snapshot-open.h"

static const struct live_pipe *pipe_in(void *context, size_t item)
{
	const struct live_view *live = context;

	return &live->live->shown->pipes[item];
}

/* ---- lines ---- */

static size_t count_pipes(void *context)
{
	const struct live_view *live = context;

	return live->live->shown ? live->live->shown->count : 0;
}

static bool is_complete(void *context)
{
	(void)context;
	return true;
}

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + length, size - length, format, arguments);
	va_end(arguments);
}

/* The text by which a line can be found. */
static void describe_pipe(const struct live_pipe *pipe, char *text, size_t size)
{
	const struct pimg_live_pipe *found = pipe->found;

	snprintf(text, size, "%s %" PRIu32 " %s %s", pimg_type_name(found->type), found->id,
		 blocking_word(pipe),
		 live_modes_of(found) & LIVE_WRITES_PACKETS ? "packet" : "stream");
	for (size_t i = 0; i < found->end_count; i++)
		append(text, size, " %s[%" PRIu32 "]", pimg_end_at(found->ends, i)->comm,
		       pimg_end_at(found->ends, i)->pid);
	if (found->path)
		append(text, size, " %s", found->path);
	if (pipe->unknown)
		append(text, size, " %s", pipe->unknown);
}

static bool shows(void *context, size_t item)
{
	const struct live_view *live = context;
	const struct live_pipe *pipe = pipe_in(context, item);
	char text[LIVE_TEXT_SIZE];
	struct match match;

	if (live->filter.kind != FILTER_PATTERN)
		return filter_fits_length(&live->filter, pipe->fill.bytes);
	describe_pipe(pipe, text, sizeof(text));
	return pattern_find(live->filter.pattern, text, strlen(text), 0, true, &match);
}

static uint32_t key(void *context, size_t item)
{
	const struct live_view *live = context;

	return live->sort->key(context, item);
}

static const struct order_source source = {
	.count = count_pipes,
	.is_complete = is_complete,
	.shows = shows,
	.key = key,
};

/* There are few enough pipes to sort them immediately. */
static void put_in_order(struct live_view *live)
{
	order_restart(&live->order, live->filter.kind != FILTER_NONE, live->sort != NULL,
		      live->view.descending);
	while (order_step(&live->order))
		;
}

static void line_text(struct view *view, size_t line, char *text, size_t size)
{
	describe_pipe(live_pipe_of(view, view_item(view, line)), text, size);
}

/* ---- the selected line ---- */

static void moved(struct view *view)
{
	struct live_view *live = live_view_of(view);
	size_t selected = view_selected(view);

	live->has_wanted = selected != ORDER_NOWHERE;
	if (live->has_wanted)
		live->wanted = live_identity_of(live_pipe_of(view, selected));
}

/* Until the user selects a pipe, the first line stays selected. */
static void update(struct view *view)
{
	struct live_view *live = live_view_of(view);
	size_t found, line;

	if (!live->has_wanted || !live_look_of(view))
		return;
	found = live_find(live_look_of(view), &live->wanted);
	line = found == SIZE_MAX ? ORDER_NOWHERE : order_line(&live->order, found);
	if (line != ORDER_NOWHERE)
		view_select(view, line);
}

/* Among pipes with the same id, prefers those that the filter shows. */
static size_t find_id(const struct live_view *live, const struct live_look *look, uint64_t id,
		      size_t before, size_t *count)
{
	struct turn turn = turn_after(before);

	for (size_t i = 0; i < look->count; i++) {
		if (look->pipes[i].found->id == id && order_line(&live->order, i) != ORDER_NOWHERE)
			turn_add(&turn, i);
	}
	*count = turn.count;
	return turn.count ? turn_found(&turn) : live_find_id(look, id, before, count);
}

static bool select_id(struct view *view, uint64_t id)
{
	struct live_view *live = live_view_of(view);
	const struct live_look *look = live_look_of(view);
	size_t before, found, count;

	if (!look)
		return false;
	before = live->has_wanted ? live_find(look, &live->wanted) : SIZE_MAX;
	found = find_id(live, look, id, before, &count);
	if (found == SIZE_MAX)
		return false;
	live->has_wanted = true;
	live->wanted = live_identity_of(live_pipe_of(view, found));
	if (order_line(&live->order, found) == ORDER_NOWHERE)
		browser_say(view->browser, "the filter hides that pipe; Esc clears it");
	else if (count > 1)
		browser_say_several(view->browser, count, id);
	/* If several pipes have the id, the user must choose. */
	live->opens = live->opens && count == 1;
	update(view);
	return true;
}

/*
 * A pipe can be newer than the look that is shown. The next look may already have passed its processes when
 * it was created, so two looks are needed.
 */
static bool go_to_id(struct view *view, uint64_t id)
{
	struct live_view *live = live_view_of(view);

	live->opens = false;
	live->sought_looks = 0;
	if (select_id(view, id))
		return true;
	live->sought_id = id;
	live->sought_looks = 2;
	live_refresh(live->live);
	browser_say(view->browser, "looking for pipe %" PRIu64, id);
	return true;
}

/* ---- new looks ---- */

/* Called after each look while a pipe is sought. */
static void seek_on(struct view *view)
{
	struct live_view *live = live_view_of(view);

	live->sought_looks--;
	browser_say(view->browser, "%s", "");
	if (select_id(view, live->sought_id)) {
		live->sought_looks = 0;
		if (live->opens)
			snapshot_open(view->browser, live->live, live->wanted);
	} else if (live->sought_looks) {
		live_refresh(live->live);
	} else {
		browser_say(view->browser, "there is no pipe %" PRIu64 " here", live->sought_id);
	}
}

static bool step(struct view *view)
{
	struct live_view *live = live_view_of(view);
	unsigned before = live->live->generation;
	bool more = live_step(live->live);

	if (live->live->generation != before) {
		put_in_order(live);
		if (live->sought_looks)
			seek_on(view);
	}
	if (live->live->has_failed && !live->has_failed)
		browser_complain(view->browser, &live->live->failure);
	live->has_failed = live->live->has_failed;
	return more;
}

static int wait_time(struct view *view)
{
	return live_wait(live_view_of(view)->live);
}

static void toggle_pause(struct view *view)
{
	struct live *live = live_view_of(view)->live;

	live_pause(live, !live->paused);
	browser_say(view->browser,
		    live->paused ? "paused; R refreshes once, p resumes" : "resumed");
}

static void remark(struct view *view, char *text, size_t size)
{
	const struct live *live = live_view_of(view)->live;

	if (live->has_failed)
		snprintf(text, size, "refresh failed");
	else if (live->paused)
		snprintf(text, size, "paused");
}

/* ---- the view ---- */

static bool request(struct view *view, enum request request, const char *argument)
{
	(void)argument;
	switch (request) {
	case REQUEST_OPEN:
		if (view_selected(view) == ORDER_NOWHERE)
			return false;
		moved(view);
		snapshot_open(view->browser, live_view_of(view)->live, live_view_of(view)->wanted);
		return true;
	case REQUEST_REFRESH:
		live_refresh(live_view_of(view)->live);
		return true;
	case REQUEST_PAUSE:
		toggle_pause(view);
		return true;
	case REQUEST_HOLDERS:
		moved(view);
		browser_open(view->browser,
			     view_holders_live_new(view->browser, live_view_of(view)->live,
						   live_view_of(view)->has_wanted
							   ? &live_view_of(view)->wanted
							   : NULL));
		return true;
	case REQUEST_FINDINGS:
		browser_say(view->browser, "live pipes cannot be verified; use pipeimg capture to "
					   "create an image");
		return true;
	default:
		return false;
	}
}

static void sort(struct view *view, const struct column *column, bool descending)
{
	struct live_view *live = live_view_of(view);

	live->sort = column;
	view->descending = descending;
	put_in_order(live);
}

static int set_filter(struct view *view, const char *text, struct pimg_error *error)
{
	struct live_view *live = live_view_of(view);

	if (filter_set(&live->filter, text, error) < 0)
		return -1;
	put_in_order(live);
	return 0;
}

static void close_view(struct view *view)
{
	struct live_view *live = live_view_of(view);

	order_free(&live->order);
	filter_clear(&live->filter);
	live_free(live->live);
	view_release(view);
	free(live);
}

static const enum request hints[] = {
	REQUEST_HELP,  REQUEST_OPEN,	REQUEST_FILTER, REQUEST_SORT, REQUEST_SEARCH,
	REQUEST_PAUSE, REQUEST_HOLDERS, REQUEST_BACK,	REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "live pipes",
	.columns = live_columns,
	.hints = hints,
	.search_unit = SEARCH_LINES,
	.empty = "no pipes",
	.line_text = line_text,
	.head_rows = live_head_rows,
	.draw_head = live_draw_head,
	.remark = remark,
	.update = update,
	.moved = moved,
	.go_to_id = go_to_id,
	.step = step,
	.wait = wait_time,
	.request = request,
	.sort = sort,
	.filter = set_filter,
	.close = close_view,
};

/* Stuck pipes are listed first. */
struct view *view_live_new(struct browser *browser)
{
	struct live_view *live = calloc(1, sizeof(*live));

	if (live)
		live->live = live_new();
	if (!live || !live->live) {
		free(live);
		return NULL;
	}
	view_init(&live->view, &ops, browser, NULL);
	live->view.list = &live->order;
	live->view.filter = &live->filter;
	order_init(&live->order, &source, live);
	live->sort = live->view.sort = LIVE_COLUMN_STATE;
	return &live->view;
}

void view_live_want(struct view *view, uint32_t id)
{
	live_view_of(view)->opens = true;
	live_view_of(view)->sought_id = id;
	live_view_of(view)->sought_looks = 1;
}
