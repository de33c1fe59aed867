// SPDX-License-Identifier: GPL-2.0-or-later
#include "frames.h"

#include <stdio.h>

#include "views.h"

/* An image of the queue that is looked at, in memory, with its streams cut by a rule; or null. */
static struct pimg_image *cut(struct model *model, const struct pimg_frame *frame,
			      struct pimg_error *error)
{
	struct pimg_queue *queue, *framed = NULL;
	struct pimg_image *image = NULL;

	queue = pimg_image_load(model->image, model->place.queue, error);
	if (queue)
		framed = pimg_queue_frame(queue, frame, error);
	if (framed)
		image = pimg_image_of_queues((const struct pimg_queue *const *)&framed, 1, error);
	pimg_queue_free(framed);
	pimg_queue_free(queue);
	return image;
}

void frames_open(struct view *view, const char *rule)
{
	struct pimg_image *image;
	struct pimg_frame frame;
	struct pimg_error error;
	struct model *model;
	struct view *packets;

	image = pimg_frame_parse(rule, &frame, &error) < 0 ? NULL
							   : cut(view->model, &frame, &error);
	if (!image) {
		browser_complain(view->browser, &error);
		return;
	}
	model = model_new(image, false);
	packets = model ? view_packets_new(view->browser, model) : NULL;
	if (!packets) {
		model_free(model);
		browser_say(view->browser, "no memory");
		return;
	}
	packets->owns_model = true;
	snprintf(model->name, sizeof(model->name), "%s", view->model->name);
	snprintf(model->note, sizeof(model->note), "cut by %s", frame.text);
	browser_open(view->browser, packets);
}

void frames_ask(struct view *view, const char *argument)
{
	const struct pimg_queue_info *queue = model_queue(view->model);
	char rule[EDIT_SIZE * 4] = "";

	if (!queue || !queue->chunks || queue->packets == queue->chunks) {
		browser_say(view->browser, "there is no stream here to cut");
		return;
	}
	if (argument)
		snprintf(rule, sizeof(rule), "%s", argument);
	else if (!browser_ask(view->browser, "cut by the rule (Enter: those that fit): ", NULL,
			      rule, sizeof(rule), NULL, NULL))
		return;
	if (*rule)
		frames_open(view, rule);
	else
		browser_open(view->browser, view_rules_new(view->browser, view->model));
}
