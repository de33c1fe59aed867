// SPDX-License-Identifier: GPL-2.0-or-later
#include "actions.h"

#include <stdio.h>
#include <stdlib.h>

#include "clipboard.h"
#include "export.h"
#include "frames.h"

/* Bytes of a packet that are copied at most: longer sequences are cut or refused by terminals. */
#define LONGEST_COPY 32768

/* ---- marking ---- */

static size_t marks_before(const struct model *model, size_t *count)
{
	*count = model_queue(model) ? model_queue(model)->chunks : 0;
	return marks_of_queue(&model->marks, model->place.queue);
}

/* All of a queue, or none if all are marked. */
static void mark_queue(struct model *model)
{
	size_t count;
	bool mark = marks_before(model, &count) < count;

	for (size_t i = 0; i < count; i++)
		marks_set(&model->marks, model->place.queue, i, mark);
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
	if (view->ops->search_unit == SEARCH_QUEUES)
		mark_queue(view->model);
	else
		mark_packet(view->model);
	/* In lists, the next one is often wanted too. */
	if (view->ops->search_unit != SEARCH_BYTES)
		view_request(view, REQUEST_DOWN, NULL);
}

static void mark_lines(struct model *model, size_t first, size_t end, bool mark)
{
	for (size_t line = first; line < end; line++)
		marks_set(&model->marks, model->packets_of, order_item(&model->packets, line),
			  mark);
}

static void mark_range(struct view *view)
{
	struct model *model = view->model;
	size_t from = model->marked_last == SIZE_MAX
			      ? ORDER_NOWHERE
			      : order_line(&model->packets, model->marked_last);
	size_t to = order_line(&model->packets, model->place.chunk);

	if (from == ORDER_NOWHERE || to == ORDER_NOWHERE) {
		browser_say(view->browser, "mark where the range begins first, with Space");
		return;
	}
	mark_lines(model, from < to ? from : to, (from < to ? to : from) + 1, true);
	browser_say(view->browser, "%zu marked", model->marks.count);
}

static bool all_lines_are_marked(const struct model *model)
{
	for (size_t line = 0; line < order_count(&model->packets); line++) {
		if (!marks_has(&model->marks, model->packets_of, order_item(&model->packets, line)))
			return false;
	}
	return true;
}

static void mark_all(struct view *view)
{
	struct model *model = view->model;

	mark_lines(model, 0, order_count(&model->packets), !all_lines_are_marked(model));
	browser_say(view->browser, "%zu marked", model->marks.count);
}

static void unmark(struct view *view)
{
	marks_clear(&view->model->marks);
	view->model->marked_last = SIZE_MAX;
	browser_say(view->browser, "nothing is marked");
}

/* ---- copying ---- */

static void tell_copied(struct view *view, const char *hex, size_t length)
{
	if (clipboard_put(hex, length * 2))
		browser_say(view->browser, "%zu bytes are on the clipboard, as hex", length);
	else
		browser_say(view->browser,
			    "this terminal has no clipboard to write to; e writes a file");
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
		browser_say(view->browser, "too long for a clipboard; e writes it to a file");
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

bool actions_request(struct view *view, enum request request, const char *argument)
{
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
