// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/frames.h"

#include <stdio.h>

#include "frame/ask.h"
#include "views/frame-trial.h"
#include "views/rules.h"

void frames_ask(struct view *view, const char *argument)
{
	const struct pimg_queue_info *queue = model_queue(view->model);
	char rule[EDIT_SIZE * 4] = "";

	if (!queue || !queue->chunks || queue->packets == queue->chunks) {
		browser_say(view->browser, "no stream to frame here");
		return;
	}
	if (argument)
		snprintf(rule, sizeof(rule), "%s", argument);
	else if (!ask_line(view->browser, "framing rule (Enter: list those that fit): ", NULL, rule,
			   sizeof(rule), NULL, NULL))
		return;
	if (*rule)
		frame_trial_open(view, rule);
	else
		view_rules_open(view->browser, view->model);
}
