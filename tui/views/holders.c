// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/holders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/blocking.h"
#include "data/holders.h"
#include "paint/fields.h"
#include "views/holders-head.h"
#include "views/packets.h"
#include "views/snapshot-open.h"

struct holders_view {
	struct view view;
	struct holders holders;
	bool has_wanted;
	struct holder_identity wanted; /* the selected end, whatever its line */
};

static struct holders *holders_of(struct view *view)
{
	return &((struct holders_view *)view)->holders;
}

static const struct pimg_end *end_in(struct view *view, size_t item)
{
	return holders_end(holders_of(view), item);
}

static struct held_queue queue_in(struct view *view, size_t item)
{
	return holders_queue_of(holders_of(view), item);
}

/* ---- columns ---- */

/* Never called: see struct holders. */
static uint32_t key_process(void *context, size_t item)
{
	(void)context;
	return (uint32_t)item;
}

static void draw_process(struct view *view, size_t item, struct pen *field)
{
	const struct pimg_end *end = end_in(view, item);

	pen_bytes(field, ROLE_NAME, end->comm, strnlen(end->comm, sizeof(end->comm)), NULL);
}

static void draw_pid(struct view *view, size_t item, struct pen *field)
{
	const struct pimg_end *end = end_in(view, item);

	if (end->pid)
		field_number(field, ROLE_PLAIN, end->pid);
	else
		pen_print_right(field, field->end - field->column, ROLE_DIM, "-");
}

static uint32_t key_pid(void *context, size_t item)
{
	return holders_end(context, item)->pid;
}

static void draw_fd(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PLAIN, end_in(view, item)->fd);
}

static void draw_deed(struct view *view, size_t item, struct pen *field)
{
	const struct pimg_end *end = end_in(view, item);

	pen_print(field, pimg_end_packet_mode(end) ? ROLE_PACKET : ROLE_PLAIN, "%s",
		  holders_deed(end));
	if (holders_waits(holders_of(view), item))
		pen_print(field, ROLE_ALARM, ", waits");
	else if (holders_halt(holders_of(view), item))
		pen_print(field, ROLE_WARNING, ", %s",
			  blocking_halt_name(holders_halt(holders_of(view), item)));
}

static uint32_t key_deed(void *context, size_t item)
{
	const struct pimg_end *end = holders_end(context, item);

	return pimg_end_writes(end) * 2U + pimg_end_packet_mode(end);
}

static void draw_queue(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PLAIN, queue_in(view, item).id);
}

static uint32_t key_queue(void *context, size_t item)
{
	return holders_queue_of(context, item).id;
}

static void draw_type(struct view *view, size_t item, struct pen *field)
{
	pen_print(field, ROLE_PLAIN, "%s", pimg_type_name(queue_in(view, item).type));
}

static void draw_unread(struct view *view, size_t item, struct pen *field)
{
	struct held_queue queue = queue_in(view, item);

	if (!queue.fill_known) {
		pen_print(field, ROLE_DIM, "? %s", queue.unknown ? queue.unknown : "");
		return;
	}
	pen_print(field, queue.bytes ? ROLE_PLAIN : ROLE_DIM, "%" PRIu64, queue.bytes);
	if (queue.capacity)
		pen_print(field, ROLE_DIM, "/%" PRIu32, queue.capacity);
	if (queue.is_full)
		pen_print(field, ROLE_ALARM, " full");
}

static uint32_t key_unread(void *context, size_t item)
{
	return order_key(holders_queue_of(context, item).bytes);
}

static const struct column columns[] = {
	{.title = "PROCESS", .width = 15, .draw = draw_process, .key = key_process},
	{.title = "PID", .width = 8, .right = true, .draw = draw_pid, .key = key_pid},
	{.title = "FD", .width = 5, .right = true, .draw = draw_fd},
	{.title = "DOES", .width = 16, .draw = draw_deed, .key = key_deed, .descends = true},
	{.title = "QUEUE", .width = 10, .right = true, .draw = draw_queue, .key = key_queue},
	{.title = "TYPE", .width = 6, .draw = draw_type},
	{.title = "UNREAD", .draw = draw_unread, .key = key_unread, .descends = true},
	{.title = NULL},
};

#define COLUMN_PROCESS (&columns[0])

/* ---- the head ---- */

static int head_rows(struct view *view, int rows)
{
	return rows >= 8 && holders_of(view)->live ? 1 : 0;
}

static void draw_head(struct view *view, const struct area *area)
{
	struct pen pen = pen_at(area, 0);

	holders_put_head(holders_of(view), view_selected(view), &pen);
	pen_fill(&pen);
}

/* ---- lines ---- */

static void line_text(struct view *view, size_t line, char *text, size_t size)
{
	holders_describe(holders_of(view), view_item(view, line), text, size);
}

/* ---- the selected line ---- */

static bool is_same(struct holder_identity a, struct holder_identity b)
{
	return a.id == b.id && a.pid == b.pid && a.fd == b.fd;
}

/* Other views of the same image follow. */
static void moved(struct view *view)
{
	struct holders_view *holders = (struct holders_view *)view;
	size_t selected = view_selected(view);
	struct position place = {0};

	holders->has_wanted = selected != ORDER_NOWHERE;
	if (!holders->has_wanted)
		return;
	holders->wanted = holders_identity(&holders->holders, selected);
	place.queue = holders->holders.holders[selected].queue;
	if (view->model && place.queue != view->model->place.queue)
		model_go(view->model, &place);
}

/* If the selected end is gone, or hidden by a filter, selects the line that is now in its place. */
static void update(struct view *view)
{
	struct holders_view *holders = (struct holders_view *)view;
	size_t selected, lines;

	holders_follow(&holders->holders);
	selected = view_selected(view);
	lines = view_count(view);
	if (!holders->has_wanted || !lines)
		return;
	if (selected != ORDER_NOWHERE &&
	    is_same(holders_identity(&holders->holders, selected), holders->wanted))
		return;
	for (size_t line = 0; line < lines; line++) {
		if (!is_same(holders_identity(&holders->holders, view_item(view, line)),
			     holders->wanted))
			continue;
		view_select(view, line);
		return;
	}
	view_select(view, view->line);
	moved(view);
}

static bool select_queue(struct view *view, size_t queue)
{
	size_t lines = view_count(view);

	for (size_t line = 0; line < lines; line++) {
		if (holders_of(view)->holders[view_item(view, line)].queue != queue)
			continue;
		view_select(view, line);
		moved(view);
		return true;
	}
	return false;
}

static bool go_to_id(struct view *view, uint64_t id)
{
	struct holders *holders = holders_of(view);
	size_t selected = view_selected(view), before = SIZE_MAX, found = SIZE_MAX, count = 0;

	if (selected != ORDER_NOWHERE)
		before = holders->holders[selected].queue;
	if (holders->model)
		found = model_find_queue(holders->model, id, before, &count);
	else if (holders->live->shown)
		found = live_find_id(holders->live->shown, id, before, &count);
	if (count > 1)
		browser_say_several(view->browser, count, id);
	return found != SIZE_MAX && select_queue(view, found);
}

/* ---- the view ---- */

static void describe(struct view *view, char *text, size_t size)
{
	struct holders *holders = holders_of(view);

	if (holders->live) {
		snprintf(text, size, "live pipes");
	} else if (holders->queue < holders_queue_count(holders)) {
		struct held_queue queue = holders_queue(holders, holders->queue);

		snprintf(text, size, "%s %" PRIu32, pimg_type_name(queue.type), queue.id);
	}
}

static bool step(struct view *view)
{
	holders_follow(holders_of(view));
	return false;
}

/* A view of one queue was opened from that queue. */
static void open_queue(struct view *view)
{
	struct holders *holders = holders_of(view);
	size_t queue = holders->holders[view_selected(view)].queue;

	moved(view);
	if (holders->live) {
		struct live_identity pipe = live_identity_of(&holders->live->shown->pipes[queue]);

		snapshot_open(view->browser, holders->live, pipe);
	} else if (holders->queue == SIZE_MAX) {
		browser_open(view->browser, view_packets_new(view->browser, view->model));
	} else {
		browser_back(view->browser);
	}
}

static bool request(struct view *view, enum request request, const char *argument)
{
	struct holders *holders = holders_of(view);

	(void)argument;
	switch (request) {
	case REQUEST_OPEN:
	case REQUEST_QUEUE:
		if (view_selected(view) == ORDER_NOWHERE)
			return false;
		open_queue(view);
		return true;
	case REQUEST_REFRESH:
		if (!holders->live)
			return false;
		live_refresh(holders->live);
		return true;
	case REQUEST_HOLDERS:
		return true;
	default:
		return false;
	}
}

static void sort(struct view *view, const struct column *column, bool descending)
{
	struct holders *holders = holders_of(view);

	holders->key = column ? column->key : NULL;
	holders->by_name = column && column->key == key_process;
	holders->descending = descending;
	holders_collect(holders);
}

static int set_filter(struct view *view, const char *text, struct pimg_error *error)
{
	if (filter_set(&holders_of(view)->filter, text, error) < 0)
		return -1;
	holders_put_in_order(holders_of(view));
	return 0;
}

static void close_view(struct view *view)
{
	holders_free(holders_of(view));
	view_release(view);
	free(view);
}

static const enum request hints[] = {
	REQUEST_HELP, REQUEST_OPEN, REQUEST_SEARCH, REQUEST_FILTER,
	REQUEST_SORT, REQUEST_BACK, REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "holders",
	.columns = columns,
	.hints = hints,
	.search_unit = SEARCH_LINES,
	.empty = "no holders are known",
	.line_text = line_text,
	.head_rows = head_rows,
	.draw_head = draw_head,
	.describe = describe,
	.update = update,
	.moved = moved,
	.go_to_id = go_to_id,
	.step = step,
	.request = request,
	.sort = sort,
	.filter = set_filter,
	.close = close_view,
};

static struct view *holders_new(struct browser *browser, struct model *model, struct live *live,
				size_t queue)
{
	struct holders_view *holders = calloc(1, sizeof(*holders));

	if (!holders)
		return NULL;
	view_init(&holders->view, &ops, browser, model);
	holders->view.list = &holders->holders.order;
	holders->view.filter = &holders->holders.filter;
	holders_init(&holders->holders, model, live, queue);
	holders_collect(&holders->holders);
	return &holders->view;
}

struct view *view_holders_new(struct browser *browser, struct model *model, bool of_all)
{
	struct view *view =
		holders_new(browser, model, NULL, of_all ? SIZE_MAX : model->place.queue);

	if (view)
		select_queue(view, model->place.queue);
	return view;
}

struct view *view_holders_live_new(struct browser *browser, struct live *live,
				   const struct live_identity *pipe)
{
	struct view *view = holders_new(browser, NULL, live, SIZE_MAX);
	size_t found = pipe && live->shown ? live_find(live->shown, pipe) : SIZE_MAX;

	if (view && found != SIZE_MAX)
		select_queue(view, found);
	return view;
}
