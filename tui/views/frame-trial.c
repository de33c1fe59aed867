// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/frame-trial.h"

#include <stdio.h>

#include "frame/target.h"
#include "views/packets.h"

/* Returns an image in memory of the current queue, with its streams split by a rule; or null. */
static struct pimg_image *cut(struct model *model, const char *rule, struct lasting *lasting,
			      struct pimg_error *error)
{
	struct pimg_queue *queue, *framed = NULL;
	struct pimg_image *image = NULL;

	queue = pimg_image_load(model->image, model->place.queue, error);
	if (queue)
		framed = pimg_queue_frame(queue, rule,
					  &(struct pimg_progress){lasting_tell, lasting}, error);
	if (framed)
		image = pimg_image_of_queues((const struct pimg_queue *const *)&framed, 1, error);
	pimg_queue_free(framed);
	pimg_queue_free(queue);
	return image;
}

void frame_trial_open(struct view *view, const char *rule)
{
	struct pimg_image *image;
	struct model *model;
	struct pimg_error error;
	struct lasting lasting;
	char note[96];

	lasting_begin(&lasting, view->browser, "framing");
	image = cut(view->model, rule, &lasting, &error);
	if (!image) {
		lasting_complain(&lasting, &error);
		return;
	}
	snprintf(note, sizeof(note), "framed by %s", rule);
	model = view_packets_open(view->browser, image, view->model->name, note);
	if (model)
		model->dump = view->model->dump;
}
