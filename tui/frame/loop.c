// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/loop.h"

#include "frame/layout.h"
#include "frame/search.h"
#include "frame/view-move.h"

/* Between keys work goes on for so long, and what has become new is drawn so often. */
#define WORK_NS 5000000U
#define DRAW_MS 100

/*
 * A key waits so long for a search, a filter or a sorting from its beginning on. So what is typed ahead
 * finds a small image as it would have been found by waiting, and yet later keys need not wait.
 */
#define SETTLE_NS 100000000U

/*
 * Returns whether there was anything to do. The search comes last: what it waits for is there as soon
 * as a step has brought it.
 */
static bool step_once(struct browser *browser)
{
	bool worked = false;

	for (size_t i = 0; i < browser->count; i++) {
		struct view *view = browser->views[i];

		if (view->model && (i == 0 || view->owns_model))
			worked |= model_step(view->model);
		if (view->ops->step)
			worked |= view->ops->step(view);
	}
	return search_step(browser) || worked;
}

static bool work(struct browser *browser)
{
	uint64_t end = screen_now_ns() + WORK_NS;

	while (step_once(browser)) {
		if (screen_now_ns() >= end)
			return true;
	}
	return false;
}

/* An input from which more of an image comes ends the wait for a key, too; -1 for none. */
static int input_of(const struct browser *browser)
{
	const struct model *model = browser->views[0]->model;

	return model && model->growing ? model->input : -1;
}

/* How long to wait for a key when all work is done. */
static int idle_time(struct browser *browser)
{
	int shortest = input_of(browser) < 0 ? -1 : DRAW_MS;

	for (size_t i = 0; i < browser->count; i++) {
		struct view *view = browser->views[i];
		int wait = view->ops->wait ? view->ops->wait(view) : -1;

		if (wait >= 0 && (shortest < 0 || wait < shortest))
			shortest = wait;
	}
	return shortest;
}

static bool is_time_to_draw(const struct browser *browser, bool more)
{
	if (!more && input_of(browser) < 0)
		return true;
	return screen_now_ns() - browser->drawn_ns >= DRAW_MS * UINT64_C(1000000);
}

static bool is_recent(uint64_t begun_ns)
{
	return screen_now_ns() - begun_ns < SETTLE_NS;
}

/* Who types a filter sees what it does, and waits for nothing. */
static bool is_settling(const struct browser *browser)
{
	const struct model *model = browser_focus(browser)->model;

	if (browser->edit)
		return false;
	if (browser->search && is_recent(browser->searched_ns))
		return true;
	return model && model_is_ordering(model) && is_recent(model->ordered_ns);
}

/* Views that come upon something new while they are drawn begin work. Returns whether there is any. */
static bool draw(struct browser *browser)
{
	layout_draw(browser);
	return step_once(browser);
}

/* Some work comes before the drawing: a small image or list is done at once. */
static int wait_for_key(struct browser *browser)
{
	bool more = work(browser);

	more |= draw(browser);
	for (;;) {
		int key = SCREEN_NO_KEY;

		if (!more || !is_settling(browser))
			key = screen_key_or(input_of(browser), more ? 0 : idle_time(browser));
		if (key != SCREEN_NO_KEY)
			return key;
		more = work(browser);
		if (is_time_to_draw(browser, more))
			more |= draw(browser);
	}
}

/* Returns the key that it amounts to. What a question is about stays as it was when it was asked. */
static int answer_mouse(struct browser *browser)
{
	const struct mouse *mouse = screen_mouse();

	if (browser->edit || browser->asks_key)
		return SCREEN_REDRAW;
	browser->focus = layout_view_at(browser, mouse->row);
	view_mouse(browser_focus(browser), mouse);
	return mouse->action == MOUSE_DOUBLE_CLICK ? '\r' : SCREEN_REDRAW;
}

int loop_key(struct browser *browser)
{
	int key = wait_for_key(browser);

	return key == SCREEN_MOUSE ? answer_mouse(browser) : key;
}
