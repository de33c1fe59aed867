// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/search.h"

#include <stdlib.h>
#include <string.h>

/* How long to work before the next look at the keyboard. */
#define STEP_NS 2000000U

struct search {
	struct view *view;
	bool begun;
	bool backward;
	bool wrapped; /* past the end, or the beginning */
	/* The current lines in the lists of queues and packets; for SEARCH_LINES, line is that of the view. */
	size_t queue_line, line;
	bool entered; /* the current chunk is known to be shown by the filter */
	struct scan scan;
	struct filter_check check;
	unsigned generation; /* of the lists that these lines refer to */
	/* Where the search began, and where it ends. */
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

/* ---- the current place ---- */

static size_t queue_of(const struct search *search)
{
	return order_item(&search->view->model->queues, search->queue_line);
}

/* Packets of the current queue are in the order of their list; others in the order of the image. */
static bool is_listed(const struct search *search)
{
	return queue_of(search) == search->view->model->packets_of;
}

static size_t chunk_count(const struct search *search)
{
	const struct model *model = search->view->model;

	return is_listed(search) ? order_count(&model->packets)
				 : model_queue_at(model, queue_of(search))->chunks;
}

static size_t chunk_of(const struct search *search)
{
	return is_listed(search) ? order_item(&search->view->model->packets, search->line)
				 : search->line;
}

static void enter_chunk(struct search *search)
{
	search->entered = false;
	scan_enter(&search->scan);
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
	SEARCH_WAITS, /* for more of the image, or for a list to be sorted or filtered */
	SEARCH_FOUND,
	SEARCH_NOTHING,
};

static enum progress next_queue(struct search *search)
{
	const struct model *model = search->view->model;
	size_t count = order_count(&model->queues);

	if (search->backward ? !search->queue_line : search->queue_line + 1 >= count) {
		if (model->growing)
			return SEARCH_WAITS;
		if (search->wrapped)
			return SEARCH_NOTHING;
		search->wrapped = true;
		search->queue_line = search->backward ? count - 1 : 0;
	} else {
		search->queue_line += search->backward ? (size_t)-1 : 1;
	}
	search->done++;
	search->line = search->backward && chunk_count(search) ? chunk_count(search) - 1 : 0;
	enter_chunk(search);
	return is_past_first(search) ? SEARCH_NOTHING : SEARCH_ON;
}

static enum progress next_chunk(struct search *search)
{
	size_t count = chunk_count(search);

	if (search->backward ? !search->line : search->line + 1 >= count)
		return next_queue(search);
	search->done++;
	search->line += search->backward ? (size_t)-1 : 1;
	enter_chunk(search);
	return is_past_first(search) ? SEARCH_NOTHING : SEARCH_ON;
}

/* ---- searching ---- */

/* Packets of other queues have no list yet, so the filter is applied here. */
static enum progress look_at_chunk(struct search *search, struct position *place)
{
	struct model *model = search->view->model;
	bool shown = true;

	if (search->line >= chunk_count(search))
		return next_chunk(search);
	*place = (struct position){.queue = queue_of(search), .chunk = chunk_of(search)};
	if (!search->entered && !is_listed(search) &&
	    !model_decide_packet(model, &search->check, place->queue, place->chunk, &shown))
		return SEARCH_ON;
	if (!shown)
		return next_chunk(search);
	search->entered = true;
	switch (model_scan(model, &search->scan, pattern_of(search), place)) {
	case SCAN_FOUND:
		return SEARCH_FOUND;
	case SCAN_NOTHING:
		return next_chunk(search);
	default:
		return SEARCH_ON;
	}
}

/* The ID and holders in the line of a queue can match, too. */
static bool look_at_queue(struct search *search, struct position *place)
{
	if (unit_of(search) != SEARCH_QUEUES || search->line ||
	    !model_queue_matches(search->view->model, queue_of(search), pattern_of(search)))
		return false;
	*place = (struct position){.queue = queue_of(search)};
	return true;
}

/* A list of live pipes may be shorter than in the last step. */
static enum progress look_at_line(struct search *search)
{
	struct view *view = search->view;
	size_t count = view_count(view);
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

/* ---- beginning ---- */

static uint64_t count_chunks(const struct model *model)
{
	uint64_t total = 0;

	for (size_t i = 0; i < order_count(&model->queues); i++)
		total += model_queue_at(model, order_item(&model->queues, i))->chunks;
	return total;
}

static size_t line_or_first(const struct order *order, size_t item)
{
	size_t line = order_line(order, item);

	return line == ORDER_NOWHERE ? 0 : line;
}

static unsigned generation_of(const struct model *model)
{
	return model->queues.generation + model->packets.generation;
}

/* Begins after the current place: its queue, its packet, or the match there. */
static enum progress begin_in_image(struct search *search)
{
	const struct model *model = search->view->model;
	const struct position *place = &model->place;

	search->generation = generation_of(model);
	search->wrapped = false;
	search->done = 0;
	search->total = count_chunks(model);
	search->queue_line = line_or_first(&model->queues, place->queue);
	search->line = line_or_first(&model->packets, place->chunk);
	search->first_queue_line = search->queue_line;
	search->first_line = search->line;
	enter_chunk(search);
	if (search->queue_line >= order_count(&model->queues))
		return model->growing ? SEARCH_WAITS : SEARCH_NOTHING;
	if (unit_of(search) == SEARCH_QUEUES) {
		search->first_line = SIZE_MAX;
		return next_queue(search);
	}
	if (unit_of(search) == SEARCH_CHUNKS)
		return next_chunk(search);
	search->scan.at = place->offset + (!search->backward && place->length ? 1U : 0);
	return SEARCH_ON;
}

/* When a filter or sort starts again, lines refer to other packets, and so does the search. */
static enum progress look_in_image(struct search *search, struct position *place)
{
	const struct model *model = search->view->model;
	enum progress progress;

	if (!order_is_done(&model->queues) || !order_is_done(&model->packets))
		return SEARCH_WAITS;
	if (!search->begun || search->generation != generation_of(model)) {
		progress = begin_in_image(search);
		search->begun = progress == SEARCH_ON;
		return progress;
	}
	if (look_at_queue(search, place))
		return SEARCH_FOUND;
	return look_at_chunk(search, place);
}

/* ---- steps ---- */

static void go_there(struct search *search, const struct position *place)
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

/* Why a match may have been missed: bytes that cannot be read, or damage that hides the rest; or null. */
static const struct pimg_error *find_gap(const struct search *search)
{
	if (unit_of(search) == SEARCH_LINES)
		return NULL;
	if (search->scan.unreadable)
		return &search->view->model->read_failure;
	return model_damage(search->view->model);
}

static void tell(struct browser *browser, const struct search *search, enum progress progress)
{
	const char *text = pattern_text(browser->pattern);
	const struct pimg_error *gap = find_gap(search);

	if (progress == SEARCH_NOTHING && gap)
		browser_complain_that(browser, "not found, but some data could not be read", gap);
	else if (progress == SEARCH_NOTHING)
		browser_say(browser, "'%s' not found", text);
	else if (search->wrapped)
		browser_say(browser, "'%s': search wrapped to the %s", text,
			    search->backward ? "end" : "beginning");
}

bool search_step(struct browser *browser)
{
	struct search *search = browser->search;
	enum progress progress = SEARCH_ON;
	uint64_t end_ns = screen_now_ns() + STEP_NS;
	struct position place;

	if (!search)
		return false;
	while (progress == SEARCH_ON && screen_now_ns() < end_ns)
		progress = unit_of(search) == SEARCH_LINES ? look_at_line(search)
							   : look_in_image(search, &place);
	if (progress == SEARCH_ON || progress == SEARCH_WAITS)
		return progress == SEARCH_ON;
	if (progress == SEARCH_FOUND)
		go_there(search, &place);
	tell(browser, search, progress);
	browser_stop_search(browser);
	return true;
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

void search_begin(struct browser *browser, bool backward)
{
	struct view *view = browser_focus(browser);
	struct search *search;

	browser_stop_search(browser);
	if (view->ops->search_unit == SEARCH_LINES && !view->ops->line_text) {
		browser_say(browser, "this view cannot be searched");
		return;
	}
	search = calloc(1, sizeof(*search));
	if (!search) {
		browser_say(browser, "no memory");
		return;
	}
	search->view = view;
	search->backward = search->scan.backward = backward;
	search->line = view->line;
	search->total = view_count(view);
	browser->search = search;
	browser->searched_ns = screen_now_ns();
}
