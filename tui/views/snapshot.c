// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "frame/ask.h"
#include "terminal/trouble.h"

static bool has_read_end(const struct pimg_live_pipe *pipe)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pimg_end_reads(pimg_end_at(pipe->ends, i)))
			return true;
	}
	return false;
}

/* Only a writer that would get SIGPIPE at that moment notices the additional reader. */
static bool may_add_reader(struct browser *browser)
{
	return ask_key(browser,
		       "no visible process reads this pipe. Open it for reading for a moment? "
		       "A write at that moment gets no SIGPIPE [y/n]",
		       "add a reader? [y/n]", "yY");
}

/* Captures a pipe if it is in the look that is shown now. */
static struct pimg_queue *capture(const struct live *live, const struct live_identity *pipe,
				  unsigned flags, struct pimg_error *error)
{
	size_t index = live_find(live->shown, pipe);

	if (index != SIZE_MAX)
		return pimg_live_capture(live->shown->live, index, flags, error);
	system_trouble(error, 0, "is gone: its processes ended or closed it");
	error->pipe = (int64_t)(uint32_t)pipe->inode;
	return NULL;
}

/* Finds the pipe again after a question, because the look may have been replaced meanwhile. */
static struct pimg_queue *capture_asking(struct browser *browser, const struct live *live,
					 const struct live_identity *pipe, struct pimg_error *error)
{
	size_t index = live_find(live->shown, pipe);
	bool has_reader = index != SIZE_MAX && has_read_end(live->shown->pipes[index].found);
	struct pimg_queue *queue = capture(live, pipe, PIMG_CAPTURE_NO_READER, error);

	if (queue || has_reader || error->errno_value != EACCES || !may_add_reader(browser))
		return queue;
	return capture(live, pipe, 0, error);
}

static void note_time(const struct pimg_image *image, char *note, size_t size)
{
	time_t taken = (time_t)(pimg_image_origin(image, 0)->captured_at_ns / 1000000000U);
	struct tm local;

	snprintf(note, size, "snapshot");
	if (localtime_r(&taken, &local))
		strftime(note, size, "snapshot of %H:%M:%S", &local);
}

struct pimg_image *snapshot_image(struct browser *browser, const struct live *live,
				  const struct live_identity *pipe, char *note, size_t size)
{
	struct pimg_image *image = NULL;
	struct pimg_queue *queue;
	struct pimg_error error;

	queue = capture_asking(browser, live, pipe, &error);
	if (queue)
		image = pimg_image_of_queues((const struct pimg_queue *const *)&queue, 1, &error);
	pimg_queue_free(queue);
	if (image)
		note_time(image, note, size);
	else
		browser_complain(browser, &error);
	return image;
}

void snapshot_renew(struct browser *browser, struct model *model)
{
	struct pimg_image *image = snapshot_image(browser, model->live, &model->pipe, model->note,
						  sizeof(model->note));

	if (!image)
		return;
	model_set_image(model, image);
	browser_say(browser, "a new snapshot was taken");
}
