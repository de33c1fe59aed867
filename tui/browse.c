// SPDX-License-Identifier: GPL-2.0-or-later
#include "browse.h"

#include "frame/browser.h"
#include "frame/opening.h"
#include "requests/run.h"
#include "terminal/trouble.h"
#include "views/dumps.h"
#include "views/live.h"
#include "views/queues.h"

/* Opens a dump of the input, which is closed. The view owns it. Returns null if that failed or was stopped. */
static struct view *open_dump(const struct browse_options *options, struct browser *browser,
			      struct opening *opening, struct pimg_input *input, size_t number,
			      struct pimg_error *error)
{
	struct pimg_image *image = opening_dump(opening, input, number, error);
	bool is_one_of_several = pimg_input_dump_count(input) > 1;
	struct view *view;

	pimg_input_close(input);
	if (!image)
		return NULL;
	view = view_dump_new(browser, image, options->image, is_one_of_several);
	if (!view)
		system_trouble(error, 0, "no memory");
	else if (options->has_pipe)
		view_queues_want(view, options->pipe);
	return view;
}

/* Several dumps are listed, unless one is chosen or must be. */
static struct view *open_input(const struct browse_options *options, struct browser *browser,
			       struct opening *opening, struct pimg_error *error)
{
	struct pimg_input *input = opening_input(opening, error);
	struct view *view;
	size_t number = 0;

	if (!input)
		return NULL;
	if (pimg_input_dump_count(input) > 1 && !options->dump && !options->has_pipe) {
		view = view_dumps_new(browser, opening, input);
		if (!view)
			system_trouble(error, 0, "no memory");
		return view;
	}
	if (pimg_input_find(input, options->dump, &number, error) < 0) {
		pimg_input_close(input);
		return NULL;
	}
	return open_dump(options, browser, opening, input, number, error);
}

static int run(struct browser *browser, bool color, struct pimg_error *error)
{
	int result = screen_is_started() ? 0 : screen_start(color, error);

	if (!result && run_browser(browser) < 0)
		result = system_trouble(error, 0, "interrupted");
	browser_close_all(browser);
	return result;
}

static int run_image(const struct browse_options *options, struct pimg_error *error)
{
	struct opening opening = {.path = options->image, .color = options->color};
	struct browser browser = {0};
	struct view *view = open_input(options, &browser, &opening, error);

	if (!view && opening.was_stopped)
		return screen_is_interrupted() ? system_trouble(error, 0, "interrupted") : 0;
	if (!view)
		return -1;
	browser_open(&browser, view);
	return run(&browser, options->color, error);
}

static int run_live(const struct browse_options *options, struct pimg_error *error)
{
	struct browser browser = {0};
	struct view *view = view_live_new(&browser);

	if (!view)
		return system_trouble(error, 0, "no memory");
	if (options->has_pipe)
		view_live_want(view, options->pipe);
	browser_open(&browser, view);
	return run(&browser, options->color, error);
}

int browse_run(const struct browse_options *options, struct pimg_error *error)
{
	int result;

	if (screen_check(error) < 0)
		return -1;
	result = options->live ? run_live(options, error) : run_image(options, error);
	screen_stop();
	return result;
}
