// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/frames.h"

#include <stdio.h>

#include "frame/ask.h"
#include "frame/target.h"
#include "views/views.h"

/* An image of the queue that is looked at, in memory, with its streams cut by a rule; or null. */
static struct pimg_image *cut(struct model *model, const struct pimg_frame *frame,
			      struct lasting *lasting, struct pimg_error *error)
{
	struct pimg_queue *queue, *framed = NULL;
	struct pimg_image *image = NULL;

	queue = pimg_image_load(model->image, model->place.queue, error);
	if (queue)
		framed = pimg_queue_frame(queue, frame, lasting_tell, lasting, error);
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
	struct lasting lasting;
	char note[96];

	lasting_begin(&lasting, view->browser, "cutting");
	image = pimg_frame_parse(rule, &frame, &error) < 0
			? NULL
			: cut(view->model, &frame, &lasting, &error);
	if (!image) {
		lasting_complain(&lasting, &error);
		return;
	}
	snprintf(note, sizeof(note), "cut by %s", frame.text);
	view_packets_open(view->browser, image, view->model->name, note);
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
	else if (!ask_line(view->browser, "cut by the rule (Enter: those that fit): ", NULL, rule,
			   sizeof(rule), NULL, NULL))
		return;
	if (*rule)
		frames_open(view, rule);
	else
		view_rules_open(view->browser, view->model);
}
