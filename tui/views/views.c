// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/views.h"

#include <string.h>

#include "pipeimg-private.h"
#include "views/findings.h"
#include "views/help.h"
#include "views/holders.h"

static void open_help(struct browser *browser)
{
	browser_open(browser, view_help_new(browser));
}

/* From a list, opens the holders of all its queues. */
static void open_holders(struct browser *browser)
{
	struct view *view = browser_focus(browser);
	bool of_one =
		view->ops->search_unit == SEARCH_CHUNKS || view->ops->search_unit == SEARCH_BYTES;

	if (view->model)
		browser_open(browser, view_holders_new(browser, view->model, !of_one));
	else
		browser_say(browser, "no holders to show here");
}

/* Not standard input, even if it is a file: other processes share its file offset. */
static bool can_be_read_again(const struct model *model)
{
	return strcmp(model->path, "-") && pimg_image_can_be_reopened(model->image);
}

static void open_findings(struct browser *browser)
{
	struct model *model = browser_focus(browser)->model;

	if (!model)
		browser_say(browser, "no image to verify here");
	else if (model->path && !can_be_read_again(model))
		browser_say(browser,
			    "%s cannot be read again for verification; save it to a file, or pipe "
			    "it to pipeimg verify",
			    model->name);
	else
		browser_open(browser, view_findings_new(browser, model));
}

/* Views that can be opened from any other. Some need an image. */
static const struct {
	enum request request;
	const char *name; /* of the view */
	void (*open)(struct browser *browser);
} openers[] = {
	{REQUEST_HELP, "help", open_help},
	{REQUEST_HOLDERS, "holders", open_holders},
	{REQUEST_FINDINGS, "findings", open_findings},
};

bool views_request(struct browser *browser, enum request request, const char *argument)
{
	(void)argument;
	for (size_t i = 0; i < sizeof(openers) / sizeof(*openers); i++) {
		if (openers[i].request != request)
			continue;
		/* Do not open the same view twice. */
		if (strcmp(browser_focus(browser)->ops->name, openers[i].name))
			openers[i].open(browser);
		return true;
	}
	return false;
}
