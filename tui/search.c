// SPDX-License-Identifier: GPL-2.0-or-later
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are looked at in one step of a long chunk, and steps between looks at the keyboard. */
#define PIECE	      65536
#define CHUNKS_A_STEP 256

struct search {
	struct view *view;
	bool backward;
	bool wrapped; /* over the end, or the beginning */
	/* Where it is: lines of the lists of queues and of packets; of the view, for SEARCH_LINES. */
	size_t queue_line, line;
	/* In the chunk: where a match may begin from here on, or, backward, before which. */
	uint64_t from;
	/* Where it began, which is the end of it. */
	size_t first_queue_line, first_line;
	uint64_t done, total; /* chunks, or lines */
};

static enum search_unit unit_of(const struct search *search)
{
	return search->view->ops->search_unit;
}

static const struct pattern *pattern_of(const struct search *search)
{
	return search->view->browser->pattern;
}

/* ---- where it is ---- */

static size_t queue_of(const struct search *search)
{
	return order_item(&search->view->model->queues, search->queue_line);
}

/* Packets of the queue that is looked at stand in their list's order; others in that of the image. */
static bool is_listed(const struct search *search)
{
	return queue_of(search) == search->view->model->packets_of;
}

static size_t chunk_count(const struct search *search)
{
	const struct model *model = search->view->model;

	return is_listed(search) ? order_count(&model->packets)
				 : pimg_image_queue(model->image, queue_of(search))->chunks;
}

static size_t chunk_of(const struct search *search)
{
	return is_listed(search) ? order_item(&search->view->model->packets, search->line)
				 : search->line;
}

/* At the first byte of a chunk, or behind its last. */
static void enter_chunk(struct search *search)
{
	search->from = search->backward ? UINT32_MAX : 0;
}

static bool is_past_first(const struct search *search)
{
	if (!search->wrapped)
		return false;
	if (search->queue_line != search->first_queue_line)
		return search->backward ? search->queue_line < search->first_queue_line
					: search->queue_line > search->first_queue_line;
	if (search->first_line == SIZE_MAX)
		return false;
	return search->backward ? search->line < search->first_line
				: search->line > search->first_line;
}

enum progress {
	SEARCH_ON,
	SEARCH_WAITS, /* for more of the image */
	SEARCH_FOUND,
	SEARCH_NOTHING,
};

static enum progress next_queue(struct search *search)
{
	const struct model *model = search->view->model;
	size_t count = order_count(&model->queues);

	if (!search->backward && search->queue_line + 1 >= count && model->growing)
		return SEARCH_WAITS;
	if (search->backward ? !search->queue_line : search->queue_line + 1 >= count) {
		if (search->wrapped)
			return SEARCH_NOTHING;
		search->wrapped = true;
		search->queue_line = search->backward ? count - 1 : 0;
	} else {
		search->queue_line += search->backward ? (size_t)-1 : 1;
	}
	search->line = search->backward && chunk_count(search) ? chunk_count(search) - 1 : 0;
	enter_chunk(search);
	return is_past_first(search) ? SEARCH_NOTHING : SEARCH_ON;
}

static enum progress next_chunk(struct search *search)
{
	size_t count = chunk_count(search);

	search->done++;
	if (search->backward ? !search->line : search->line + 1 >= count)
		return next_queue(search);
	search->line += search->backward ? (size_t)-1 : 1;
	enter_chunk(search);
	return is_past_first(search) ? SEARCH_NOTHING : SEARCH_ON;
}

/* ---- looking ---- */

/* Reads a piece of a chunk, with as much behind it as a match that begins in it can be long. */
static bool find_in_piece(struct search *search, size_t chunk, uint64_t start, uint64_t end,
			  struct place *place)
{
	static uint8_t bytes[PIECE + 8192];
	struct model *model = search->view->model;
	const struct pattern *pattern = pattern_of(search);
	size_t wanted = (size_t)(end - start) + pattern_reach(pattern), length;
	struct match match;
	bool found;

	if (wanted > sizeof(bytes))
		wanted = sizeof(bytes);
	length = model_read(model, queue_of(search), chunk, (uint32_t)start, bytes, wanted);
	if (search->backward)
		found = pattern_find_last(pattern, bytes, length, (size_t)(end - start), !start,
					  &match);
	else
		found = pattern_find(pattern, bytes, length, 0, !start, &match) &&
			match.start < end - start;
	if (!found)
		return false;
	*place = (struct place){queue_of(search), chunk, (uint32_t)(start + match.start),
				(uint32_t)(match.end - match.start)};
	return true;
}

static enum progress look_at_chunk(struct search *search, struct place *place)
{
	struct model *model = search->view->model;
	size_t queue = queue_of(search), chunk;
	uint64_t length, start, end;

	if (search->line >= chunk_count(search))
		return next_chunk(search);
	chunk = chunk_of(search);
	if (!is_listed(search) && !model_shows_packet(model, queue, chunk))
		return next_chunk(search);
	length = pimg_image_chunk(model->image, queue, chunk).length;
	if (search->from > length)
		search->from = length;
	start = search->backward ? (search->from > PIECE ? search->from - PIECE : 0) : search->from;
	end = search->backward ? search->from : start + PIECE < length ? start + PIECE : length;
	if (start < end && find_in_piece(search, chunk, start, end, place))
		return SEARCH_FOUND;
	search->from = search->backward ? start : end;
	if (search->backward ? start == 0 : end == length)
		return next_chunk(search);
	return SEARCH_ON;
}

/* The line of a queue shows its id and holders, which can be what is searched for. */
static bool look_at_queue(struct search *search, struct place *place)
{
	if (unit_of(search) != SEARCH_QUEUES || search->line ||
	    !model_queue_matches(search->view->model, queue_of(search), pattern_of(search)))
		return false;
	*place = (struct place){.queue = queue_of(search)};
	return true;
}

/* A list of what lives can have become shorter since the last step. */
static enum progress look_at_line(struct search *search)
{
	struct view *view = search->view;
	size_t count = view->ops->count(view);
	char text[2048] = "";
	struct match match;

	if (search->done >= count)
		return SEARCH_NOTHING;
	search->done++;
	if (search->backward ? !search->line : search->line + 1 >= count) {
		search->wrapped = true;
		search->line = search->backward ? count - 1 : 0;
	} else {
		search->line += search->backward ? (size_t)-1 : 1;
	}
	if (search->line >= count)
		search->line = count - 1;
	view->ops->line_text(view, search->line, text, sizeof(text));
	return pattern_find(pattern_of(search), text, strlen(text), 0, true, &match) ? SEARCH_FOUND
										     : SEARCH_ON;
}

/* ---- steps ---- */

static enum progress look(struct search *search, struct place *place)
{
	if (unit_of(search) == SEARCH_LINES)
		return look_at_line(search);
	if (search->queue_line >= order_count(&search->view->model->queues))
		return SEARCH_NOTHING;
	if (look_at_queue(search, place))
		return SEARCH_FOUND;
	return look_at_chunk(search, place);
}

static void go_there(struct search *search, const struct place *place)
{
	struct view *view = search->view;

	if (unit_of(search) != SEARCH_LINES) {
		model_go(view->model, place);
		return;
	}
	view_select(view, search->line);
	if (view->ops->moved)
		view->ops->moved(view);
}

static void tell(struct browser *browser, const struct search *search, enum progress progress)
{
	const char *text = pattern_text(browser->pattern);

	if (progress == SEARCH_NOTHING)
		browser_say(browser, "'%s' is nowhere", text);
	else if (search->wrapped)
		browser_say(browser, "'%s': went on at the %s", text,
			    search->backward ? "end" : "beginning");
}

bool search_step(struct browser *browser)
{
	struct search *search = browser->search;
	enum progress progress = SEARCH_ON;
	struct place place;

	if (!search)
		return false;
	for (unsigned i = 0; i < CHUNKS_A_STEP && progress == SEARCH_ON; i++)
		progress = look(search, &place);
	if (progress == SEARCH_ON || progress == SEARCH_WAITS)
		return progress == SEARCH_ON;
	if (progress == SEARCH_FOUND)
		go_there(search, &place);
	tell(browser, search, progress);
	search_stop(browser);
	return true;
}

bool search_stop(struct browser *browser)
{
	bool goes_on = browser->search != NULL;

	free(browser->search);
	browser->search = NULL;
	return goes_on;
}

void search_draw(const struct browser *browser, struct pen *pen)
{
	const struct search *search = browser->search;
	unsigned percent = 0;

	if (search->total)
		percent = (unsigned)((double)search->done / (double)search->total * 100);
	pen_print(pen, ROLE_PLAIN, "searching for '%s'  %u%%  any key stops it",
		  pattern_text(browser->pattern), percent > 100 ? 100 : percent);
}

/* ---- beginning ---- */

static uint64_t count_chunks(const struct model *model)
{
	uint64_t total = 0;

	for (size_t i = 0; i < order_count(&model->queues); i++)
		total += pimg_image_queue(model->image, order_item(&model->queues, i))->chunks;
	return total;
}

static size_t line_or_first(const struct order *order, size_t item)
{
	size_t line = order_line(order, item);

	return line == ORDER_NOWHERE ? 0 : line;
}

/* Behind the place that is looked at: its queue, its packet, or what was found there. */
static void begin_in_image(struct search *search)
{
	const struct model *model = search->view->model;
	const struct place *place = &model->place;

	search->total = count_chunks(model);
	search->queue_line = line_or_first(&model->queues, place->queue);
	search->line = line_or_first(&model->packets, place->chunk);
	search->first_queue_line = search->queue_line;
	search->first_line = search->line;
	if (search->queue_line >= order_count(&model->queues))
		return;
	if (unit_of(search) == SEARCH_QUEUES) {
		search->first_line = SIZE_MAX;
		next_queue(search);
	} else if (unit_of(search) == SEARCH_CHUNKS) {
		next_chunk(search);
	} else {
		search->from = place->offset + (!search->backward && place->length ? 1U : 0);
	}
}

static void begin(struct browser *browser, bool backward)
{
	struct view *view = browser_focus(browser);
	struct search *search;

	search_stop(browser);
	if (view->ops->search_unit == SEARCH_LINES && !view->ops->line_text) {
		browser_say(browser, "there is nothing to search in here");
		return;
	}
	search = calloc(1, sizeof(*search));
	if (!search) {
		browser_say(browser, "no memory");
		return;
	}
	search->view = view;
	search->backward = backward;
	search->line = view->line;
	search->total = view->ops->count(view);
	if (view->ops->search_unit != SEARCH_LINES)
		begin_in_image(search);
	browser->search = search;
	browser->searched_ns = screen_now_ns();
}

static bool set_pattern(struct browser *browser, const char *text)
{
	struct pimg_error error;
	struct pattern *pattern = pattern_new(text, &error);

	if (!pattern) {
		browser_complain(browser, &error);
		return false;
	}
	pattern_free(browser->pattern);
	browser->pattern = pattern;
	return true;
}

void search_ask(struct browser *browser, bool backward, const char *typed)
{
	char text[EDIT_SIZE * 4] = "";

	if (typed)
		snprintf(text, sizeof(text), "%s", typed);
	else if (!browser_ask(browser, backward ? "?" : "/", &browser->searches, text, sizeof(text),
			      NULL, NULL))
		return;
	if (*text && !set_pattern(browser, text))
		return;
	browser->search_backward = backward;
	search_again(browser, false);
}

void search_again(struct browser *browser, bool opposite)
{
	if (browser->pattern)
		begin(browser, browser->search_backward != opposite);
	else
		browser_say(browser, "search for something first, with /");
}
