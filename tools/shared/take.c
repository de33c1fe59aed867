// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/take.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds the ends that other processes have, for a pipe that is open in this process. */
static int add_listed_ends(struct pimg_live *live, struct pimg_queue *queue, size_t index,
			   struct pimg_error *error)
{
	const struct pimg_live_pipe *pipe;

	if (index == NOT_LISTED)
		return 0;
	pipe = pimg_live_pipe(live, index);
	for (size_t i = 0; i < pipe->end_count; i++) {
		struct pimg_end end = *pimg_live_end(live, index, i);

		if (pimg_queue_add_end(queue, &end, error) < 0)
			return -1;
	}
	return 0;
}

static struct pimg_queue *take_one(struct pimg_live *live, const struct selected *selected,
				   struct pimg_error *error)
{
	struct pimg_queue *queue;

	if (selected->own_fd < 0)
		return pimg_live_capture(live, selected->pipe, 0, error);
	queue = pimg_capture_fd(selected->own_fd, error);
	if (queue && add_listed_ends(live, queue, selected->pipe, error) < 0) {
		pimg_queue_free(queue);
		return NULL;
	}
	return queue;
}

/* The next pipe would fail in the same way. */
static bool is_of_all(int errno_value)
{
	return errno_value == ENOMEM || errno_value == EMFILE || errno_value == ENFILE ||
	       errno_value == EINTR;
}

static bool may_skip(const struct selected *selected, const struct pimg_error *error)
{
	switch (selected->wanted) {
	case WANTED_BY_ALL:
		return error->status == PIMG_SYSTEM && !is_of_all(error->errno_value);
	case WANTED_BY_PID:
		return error->errno_value == ESRCH || error->errno_value == EACCES;
	case WANTED_UNLESS_GONE:
		return error->errno_value == ESRCH;
	default:
		return false;
	}
}

static void say_skipped(const struct skipped *skipped)
{
	const struct pimg_live_pipe *pipe = skipped->pipe;

	if (pipe->path)
		notice("skipped FIFO %" PRIu32 " (%s): %s", pipe->id, pipe->path, skipped->reason);
	else
		notice("skipped pipe %" PRIu32 ": %s", pipe->id, skipped->reason);
}

static int skip(struct taken *taken, const struct pimg_live_pipe *pipe,
		const struct pimg_error *error)
{
	struct skipped *skipped;

	if (taken->skipped_count == taken->skipped_room) {
		size_t room = taken->skipped_room ? taken->skipped_room * 2 : 16;
		struct skipped *grown = reallocarray(taken->skipped, room, sizeof(*grown));

		if (!grown)
			return refuse(PIMG_SYSTEM, "out of memory");
		taken->skipped = grown;
		taken->skipped_room = room;
	}
	skipped = &taken->skipped[taken->skipped_count++];
	skipped->pipe = pipe;
	snprintf(skipped->reason, sizeof(skipped->reason), "%s", error->sentence);
	taken->gone += error->errno_value == ESRCH;
	say_skipped(skipped);
	return 0;
}

static int take(struct taken *taken, struct pimg_live *live, const struct selected *selected)
{
	struct pimg_error error;
	struct pimg_queue *queue = take_one(live, selected, &error);

	if (queue) {
		taken->queues[taken->count++] = queue;
		return 0;
	}
	if (selected->pipe == NOT_LISTED || !may_skip(selected, &error))
		return complain(&error);
	return skip(taken, pimg_live_pipe(live, selected->pipe), &error);
}

int take_selection(struct taken *taken, struct pimg_live *live, const struct selection *selection,
		   struct progress *progress)
{
	int status = 0;

	taken->queues = calloc(selection->count + 1, sizeof(struct pimg_queue *));
	if (!taken->queues)
		return refuse(PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; !status && i < selection->count; i++) {
		if (progress ? show_progress(progress, i, selection->count) : interrupted())
			status = refuse(PIMG_SYSTEM, "interrupted; nothing was written");
		else
			status = take(taken, live, &selection->entries[i]);
	}
	if (progress)
		end_progress(progress);
	return status;
}

void taken_release(struct taken *taken)
{
	for (size_t i = 0; i < taken->count; i++)
		pimg_queue_free(taken->queues[i]);
	free(taken->queues);
	free(taken->skipped);
}

void json_skipped(struct json *json, const struct taken *taken, const struct selection *selection)
{
	json_open_array(json, "skipped");
	for (size_t i = 0; i < taken->skipped_count; i++) {
		const struct skipped *skipped = &taken->skipped[i];

		json_open_object(json, NULL);
		json_string(json, "type", pimg_type_name(skipped->pipe->type));
		json_number(json, "id", skipped->pipe->id);
		if (skipped->pipe->path)
			json_string(json, "path", skipped->pipe->path);
		json_string(json, "reason", skipped->reason);
		json_close_object(json);
	}
	json_close_array(json);
	json_number(json, "hidden_processes", selection->hidden);
}
