// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/actions.h"

#include <stdio.h>
#include <stdlib.h>

#include "frame/view-move.h"
#include "pipeimg-private.h"
#include "requests/export.h"
#include "requests/frames.h"
#include "terminal/clipboard.h"

/* The most bytes that are copied: terminals truncate or reject longer sequences. */
#define LONGEST_COPY 32768

/* ---- marking ---- */

static bool is_among_queues(const struct view *view)
{
	return view->ops->search_unit == SEARCH_QUEUES;
}

/* The list that a view shows, of queues or of packets. */
static const struct order *list_of(const struct view *view)
{
	return is_among_queues(view) ? &view->model->queues : &view->model->packets;
}

static bool queue_is_marked(const struct model *model, size_t queue)
{
	return marks_of_queue(&model->marks, queue) == model_queue_at(model, queue)->chunks;
}

static void mark_queue(struct model *model, size_t queue, bool mark)
{
	size_t count = model_queue_at(model, queue)->chunks;

	for (size_t i = 0; i < count; i++)
		marks_set(&model->marks, queue, i, mark);
}

/* Marks all packets of the queue, or unmarks them if all are marked. */
static void mark_this_queue(struct browser *browser, struct model *model)
{
	size_t queue = model->place.queue;
	bool mark;

	if (!model_queue(model))
		return;
	if (!model_queue(model)->chunks) {
		browser_say(browser, "no packet to mark: this queue is empty");
		return;
	}
	mark = !queue_is_marked(model, queue);
	mark_queue(model, queue, mark);
	model->marked_queue_last = mark ? queue : SIZE_MAX;
}

static void mark_packet(struct model *model)
{
	struct pimg_chunk chunk;
	bool mark;

	if (!model_chunk(model, &chunk))
		return;
	mark = !marks_has(&model->marks, model->place.queue, model->place.chunk);
	marks_set(&model->marks, model->place.queue, model->place.chunk, mark);
	model->marked_last = mark ? model->place.chunk : SIZE_MAX;
}

static void mark(struct view *view)
{
	if (is_among_queues(view))
		mark_this_queue(view->browser, view->model);
	else
		mark_packet(view->model);
	/* In lists, the next line is often marked too. */
	if (view->ops->search_unit != SEARCH_BYTES)
		view_move_request(view, REQUEST_DOWN);
}

static bool line_is_marked(const struct view *view, size_t line)
{
	const struct model *model = view->model;
	size_t item = order_item(list_of(view), line);

	return is_among_queues(view) ? queue_is_marked(model, item)
				     : marks_has(&model->marks, model->packets_of, item);
}

static void mark_lines(struct view *view, size_t first, size_t end, bool mark)
{
	struct model *model = view->model;

	for (size_t line = first; line < end; line++) {
		size_t item = order_item(list_of(view), line);

		if (is_among_queues(view))
			mark_queue(model, item, mark);
		else
			marks_set(&model->marks, model->packets_of, item, mark);
	}
	browser_say(view->browser, "%zu marked", model->marks.count);
}

static void mark_range(struct view *view)
{
	const struct model *model = view->model;
	size_t last = is_among_queues(view) ? model->marked_queue_last : model->marked_last;
	size_t here = is_among_queues(view) ? model->place.queue : model->place.chunk;
	size_t from = last == SIZE_MAX ? ORDER_NOWHERE : order_line(list_of(view), last);
	size_t to = order_line(list_of(view), here);

	if (from == ORDER_NOWHERE || to == ORDER_NOWHERE)
		browser_say(view->browser, "mark the start of the range first, with Space");
	else
		mark_lines(view, from < to ? from : to, (from < to ? to : from) + 1, true);
}

static void mark_all(struct view *view)
{
	size_t count = order_count(list_of(view)), line = 0;

	while (line < count && line_is_marked(view, line))
		line++;
	mark_lines(view, 0, count, line < count);
}

static void unmark(struct view *view)
{
	marks_clear(&view->model->marks);
	view->model->marked_last = view->model->marked_queue_last = SIZE_MAX;
	browser_say(view->browser, "nothing is marked");
}

/* ---- copying ---- */

static void tell_copied(struct view *view, const char *hex, size_t length)
{
	if (clipboard_put(hex, length * 2))
		browser_say(view->browser, "copied %zu byte%s to the clipboard, as hex", length,
			    PLURAL_S(length));
	else
		browser_say(view->browser, "this terminal has no clipboard; e writes a file");
}

static void copy(struct view *view)
{
	struct model *model = view->model;
	struct pimg_chunk chunk;
	uint8_t *bytes;
	char *hex;

	if (!model_chunk(model, &chunk))
		return;
	if (chunk.length > LONGEST_COPY) {
		browser_say(view->browser, "too long for the clipboard; e writes a file");
		return;
	}
	bytes = malloc(chunk.length + 1);
	hex = malloc((size_t)chunk.length * 2 + 1);
	if (!bytes || !hex) {
		browser_say(view->browser, "no memory");
	} else if (model_read(model, model->place.queue, model->place.chunk, 0, bytes,
			      chunk.length) < chunk.length) {
		browser_complain_that(view->browser, "nothing was copied", &model->read_failure);
	} else {
		for (size_t i = 0; i < chunk.length; i++)
			sprintf(hex + i * 2, "%02x", bytes[i]);
		tell_copied(view, hex, chunk.length);
	}
	free(bytes);
	free(hex);
}

/* ---- all ---- */

/* A list of queues has packets if it has a line. */
static bool has_packets(struct view *view)
{
	if (is_among_queues(view))
		return view_selected(view) != ORDER_NOWHERE;
	return view->ops->search_unit != SEARCH_LINES;
}

bool actions_request(struct view *view, enum request request, const char *argument)
{
	if (!has_packets(view))
		return false;
	switch (request) {
	case REQUEST_MARK:
		mark(view);
		return true;
	case REQUEST_MARK_RANGE:
		mark_range(view);
		return true;
	case REQUEST_MARK_ALL:
		mark_all(view);
		return true;
	case REQUEST_UNMARK:
		unmark(view);
		return true;
	case REQUEST_EXPORT:
		export_ask(view, argument);
		return true;
	case REQUEST_COPY:
		copy(view);
		return true;
	case REQUEST_FRAME:
		frames_ask(view, argument);
		return true;
	default:
		return false;
	}
}
