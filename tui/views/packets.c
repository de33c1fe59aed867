// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/packets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "paint/fields.h"
#include "views/payload.h"
#include "views/snapshot.h"

#define PREVIEW_BYTES 4096
#define COLUMN_BYTES  4 /* the most bytes for each column */
#define STRIP_LABEL   8 /* columns of the number before the strip */

static struct pimg_chunk chunk_of(struct view *view, size_t item)
{
	return pimg_image_chunk(view->model->image, view->model->packets_of, item);
}

static struct pimg_chunk chunk_in(void *context, size_t item)
{
	const struct model *model = context;

	return pimg_image_chunk(model->image, model->packets_of, item);
}

static const struct pimg_queue_info *queue_of(struct view *view)
{
	return model_queue(view->model);
}

/* ---- columns ---- */

static void draw_number(struct view *view, size_t item, struct pen *field)
{
	(void)view;
	field_number(field, ROLE_PLAIN, item + 1);
}

static const char *kind_name(struct view *view, enum pimg_kind kind)
{
	return kind == PIMG_PACKET && queue_of(view)->type == PIMG_SOCKET ? "dgram"
									  : pimg_kind_name(kind);
}

static void draw_kind(struct view *view, size_t item, struct pen *field)
{
	enum pimg_kind kind = chunk_of(view, item).kind;

	if (queue_of(view)->boundaries_lost)
		pen_print(field, ROLE_ALARM, "merged");
	else
		pen_print(field, role_of_kind(kind), "%s", kind_name(view, kind));
}

static uint32_t key_kind(void *context, size_t item)
{
	return chunk_in(context, item).kind;
}

static void draw_length(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PLAIN, chunk_of(view, item).length);
}

static uint32_t key_length(void *context, size_t item)
{
	return chunk_in(context, item).length;
}

static void draw_offset(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_DIM, chunk_of(view, item).offset);
}

static void draw_preview(struct view *view, size_t item, struct pen *field)
{
	struct model *model = view->model;
	const struct pattern *pattern = view->browser->pattern;
	uint8_t bytes[PREVIEW_BYTES], flags[PREVIEW_BYTES];
	size_t columns = (size_t)(field->end - field->column + field->hidden) + 1;
	size_t wanted = columns * COLUMN_BYTES;
	size_t length = model_read(model, model->packets_of, item, 0, bytes,
				   wanted < sizeof(bytes) ? wanted : sizeof(bytes));

	if (!length && chunk_of(view, item).length) {
		pen_print(field, ROLE_ALARM, "(unreadable)");
		return;
	}
	if (pattern)
		pattern_flag(pattern, bytes, length, flags);
	pen_bytes(field, ROLE_PLAIN, bytes, length, pattern ? flags : NULL);
}

static const struct column columns[] = {
	{.title = "#", .width = 8, .right = true, .draw = draw_number},
	{.title = "KIND", .width = 6, .draw = draw_kind, .key = key_kind},
	{"LENGTH", 8, true, draw_length, key_length, true},
	{.title = "OFFSET", .width = 10, .right = true, .draw = draw_offset},
	{.title = "PREVIEW", .draw = draw_preview},
	{.title = NULL},
};

/* ---- the strip ---- */

/* If there is little space, lines have priority. */
static int head_rows(struct view *view, int rows)
{
	(void)view;
	return rows < 8 ? 0 : rows < 16 ? 1 : rows < 30 ? 2 : 4;
}

static enum role role_of_column(struct view *view, const struct strip_bin *bin)
{
	const struct pimg_queue_info *queue = queue_of(view);

	if (queue && queue->mode != PIMG_MODE_MIXED)
		return role_of_mode(queue->mode);
	return bin->has_packet ? ROLE_PACKET : ROLE_STREAM;
}

static void draw_strip_row(struct view *view, struct pen *pen, int row, int rows)
{
	const struct strip *strip = &view->model->strip;
	size_t width = strip_columns(strip, (size_t)(pen->end - pen->column));
	size_t selected = strip_column_of(strip, view->model->place.chunk, width);
	unsigned below = (unsigned)(rows - 1 - row) * 8;

	for (size_t i = 0; i < width; i++) {
		struct strip_bin bin = strip_column(strip, i, width);
		unsigned eighths = strip_eighths(strip, bin.highest, (unsigned)rows);

		pen->under = i == selected ? screen_style(ROLE_SELECTED) : 0;
		pen_eighths(pen, role_of_column(view, &bin), eighths > below ? eighths - below : 0);
	}
	pen->under = 0;
}

static void draw_head(struct view *view, const struct area *area)
{
	const struct strip *strip = &view->model->strip;

	for (int row = 0; row < area->height; row++) {
		struct pen pen = pen_at(area, row);

		if (!row && strip->highest)
			pen_print_right(&pen, STRIP_LABEL, ROLE_DIM, "%" PRIu32, strip->highest);
		pen_skip_to(&pen, area->column + STRIP_LABEL + 1);
		draw_strip_row(view, &pen, row, area->height);
		pen_fill(&pen);
	}
}

/* ---- the view ---- */

static void moved(struct view *view)
{
	struct position place = {view->model->place.queue, view_selected(view), 0, 0};

	if (place.chunk == ORDER_NOWHERE)
		return;
	model_go(view->model, &place);
}

static void update(struct view *view)
{
	view_follow(view, view->model->place.chunk);
}

static void describe(struct view *view, char *text, size_t size)
{
	const struct pimg_queue_info *queue = queue_of(view);

	if (queue)
		snprintf(text, size, "%s %" PRIu32 "%s", pimg_type_name(queue->type), queue->id,
			 queue->boundaries_lost ? ", boundaries lost" : "");
}

static void remark(struct view *view, char *text, size_t size)
{
	const struct model *model = view->model;
	unsigned percent = order_percent(&model->packets);

	if (percent < 100)
		snprintf(text, size, "%s %u%%", model->packets.filtered ? "filtering" : "sorting",
			 percent);
	else if (model->marks.count)
		snprintf(text, size, "%zu marked", model->marks.count);
}

static bool is_marked(struct view *view, size_t line)
{
	return marks_has(&view->model->marks, view->model->packets_of, view_item(view, line));
}

/* The next queue, in the order of the list. */
static bool step_queue(struct view *view, bool forward)
{
	struct model *model = view->model;
	size_t line = order_line(&model->queues, model->place.queue);
	struct position place = {0};

	if (line == ORDER_NOWHERE || (!forward && !line) ||
	    (forward && line + 1 >= order_count(&model->queues))) {
		browser_say(view->browser, "there is no queue %s this one",
			    forward ? "after" : "before");
		return true;
	}
	place.queue = order_item(&model->queues, forward ? line + 1 : line - 1);
	model_go(model, &place);
	return true;
}

/*
 * The filter may hide the current packet, so a request for a packet makes the selected one current. Returns
 * true, and reports it, if there is none.
 */
static bool prepare(struct view *view, enum request request)
{
	size_t selected = view_selected(view);
	bool needs_packet = request == REQUEST_MARK || request == REQUEST_MARK_RANGE ||
			    request == REQUEST_COPY ||
			    (request == REQUEST_EXPORT && !view->model->marks.count);

	if (needs_packet && selected == ORDER_NOWHERE) {
		browser_say(view->browser, "%s",
			    request == REQUEST_EXPORT ? "no packet to write"
						      : "no packet is shown");
		return true;
	}
	if (needs_packet && selected != view->model->place.chunk)
		moved(view);
	return false;
}

static bool request(struct view *view, enum request request, const char *argument)
{
	(void)argument;
	switch (request) {
	case REQUEST_OPEN:
		if (view_selected(view) == ORDER_NOWHERE)
			return false;
		moved(view);
		browser_open(view->browser, view_payload_new(view->browser, view->model));
		return true;
	case REQUEST_REFRESH:
		if (!view->model->live)
			return false;
		snapshot_renew(view->browser, view->model);
		return true;
	case REQUEST_NEXT:
	case REQUEST_PREVIOUS:
		return step_queue(view, request == REQUEST_NEXT);
	default:
		return prepare(view, request);
	}
}

static void sort(struct view *view, const struct column *column, bool descending)
{
	model_sort_packets(view->model, column ? column->key : NULL, descending);
}

static order_key_fn sorted_by(const struct view *view, bool *descending)
{
	*descending = view->model->packets.descending;
	return view->model->packet_key;
}

static int set_filter(struct view *view, const char *text, struct pimg_error *error)
{
	return model_filter_packets(view->model, text, error);
}

static void close_view(struct view *view);

/* There can be two views of packets for an image, because findings open one, too. */
static bool is_last_of_model(const struct view *view)
{
	const struct browser *browser = view->browser;

	for (size_t i = 0; i < browser->count; i++) {
		if (browser->views[i] != view && browser->views[i]->model == view->model &&
		    browser->views[i]->ops->close == close_view)
			return false;
	}
	return true;
}

/* The next view of packets starts without a filter and an order. */
static void close_view(struct view *view)
{
	struct pimg_error error;

	if (is_last_of_model(view)) {
		model_sort_packets(view->model, NULL, false);
		model_filter_packets(view->model, "", &error);
	}
	view_release(view);
	free(view);
}

static const enum request hints[] = {
	REQUEST_HELP,	REQUEST_OPEN, REQUEST_SEARCH, REQUEST_FILTER, REQUEST_SORT, REQUEST_MARK,
	REQUEST_EXPORT, REQUEST_COPY, REQUEST_FRAME,  REQUEST_BACK,   REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "packets",
	.columns = columns,
	.hints = hints,
	.search_unit = SEARCH_CHUNKS,
	.empty = "this queue is empty",
	.head_rows = head_rows,
	.draw_head = draw_head,
	.describe = describe,
	.remark = remark,
	.is_marked = is_marked,
	.update = update,
	.moved = moved,
	.request = request,
	.sort = sort,
	.sorted_by = sorted_by,
	.filter = set_filter,
	.close = close_view,
};

struct view *view_packets_new(struct browser *browser, struct model *model)
{
	struct view *view = malloc(sizeof(*view));

	if (!view)
		return NULL;
	view_init(view, &ops, browser, model);
	view->list = &model->packets;
	view->filter = &model->packet_filter;
	return view;
}

struct model *view_packets_open(struct browser *browser, struct pimg_image *image, const char *name,
				const char *note)
{
	struct model *model = model_new(image, false);
	struct view *packets = model ? view_packets_new(browser, model) : NULL;

	if (!packets) {
		model_free(model);
		browser_say(browser, "no memory");
		return NULL;
	}
	snprintf(model->name, sizeof(model->name), "%s", name);
	snprintf(model->note, sizeof(model->note), "%s", note);
	packets->owns_model = true;
	browser_open(browser, packets);
	/* browser_open() may have refused it, if there are too many views. */
	return browser_focus(browser) == packets ? model : NULL;
}
