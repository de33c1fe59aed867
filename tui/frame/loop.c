// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/loop.h"

#include "frame/layout.h"
#include "frame/search.h"
#include "frame/view-move.h"

/* How long to work before the next look at the keys, and how often to draw changes. */
#define WORK_NS 5000000U
#define DRAW_MS 100

/*
 * How long keys wait for a search, filter or sort that has just begun. In a small image, keys that are typed
 * ahead thus act on the result; in a large one, later keys do not wait.
 */
#define SETTLE_NS 100000000U

/*
 * Returns whether there was anything to do. The search is last, so that it can use what the other steps
 * have just added.
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

/* The descriptor that more of an image arrives on, which also ends the wait for a key; or -1. */
static int input_of(const struct browser *browser)
{
	for (size_t i = 0; i < browser->count; i++) {
		const struct model *model = browser->views[i]->model;

		if (model && model->growing)
			return model->input;
	}
	return -1;
}

/* How long to wait for a key when there is no work. */
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

/* While a filter is being typed, its effect is visible, and keys never wait. */
static bool is_settling(const struct browser *browser)
{
	const struct model *model = browser_focus(browser)->model;

	if (browser->edit)
		return false;
	if (browser->search && is_recent(browser->searched_ns))
		return true;
	return model && model_is_ordering(model) && is_recent(model->ordered_ns);
}

/* Drawing can start new work in a view. Returns whether there is any. */
static bool draw(struct browser *browser)
{
	layout_draw(browser);
	return step_once(browser);
}

/* Some work is done before drawing, so that small images and lists are complete when they appear. */
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

/* Returns the equivalent key. While a question is open, the mouse cannot change what it refers to. */
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
