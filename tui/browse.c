// SPDX-License-Identifier: GPL-2.0-or-later
#include "browse.h"

#include "frame/browser.h"
#include "frame/opening.h"
#include "requests/run.h"
#include "terminal/trouble.h"
#include "views/live.h"
#include "views/queues.h"

/* Opens the views of an image that is still being read. The first view owns it. */
static int open_image(const struct browse_options *options, struct browser *browser,
		      struct pimg_image *image, struct pimg_error *error)
{
	struct model *model = model_new(image, true);
	struct view *view = model ? view_queues_new(browser, model) : NULL;

	if (!view) {
		model_free(model);
		return system_trouble(error, 0, "no memory");
	}
	model->path = options->image;
	view->owns_model = true;
	if (options->has_pipe)
		view_queues_want(view, options->pipe);
	browser_open(browser, view);
	return 0;
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
	struct pimg_image *image = opening_open(&opening, error);
	struct browser browser = {0};

	if (!image && opening.was_stopped)
		return screen_is_interrupted() ? system_trouble(error, 0, "interrupted") : 0;
	if (!image || open_image(options, &browser, image, error) < 0)
		return -1;
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
