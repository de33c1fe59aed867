// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * After the restore, before the restored tasks run: gives their pipes the queues that were kept.
 */
#include <inttypes.h>
#include <unistd.h>

#include "criu-hook.h"
#include "message.h"

struct restored {
	const struct hook *hook;
	struct tree tree;
	size_t refilled, packets, left;
};

/* ---- which pipe a queue belongs to ---- */

static const struct pimg_live_pipe *pipe_at(const struct restored *restored, pid_t pid, uint32_t fd)
{
	for (size_t i = 0; i < pimg_live_pipe_count(restored->tree.live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(restored->tree.live, i);

		for (size_t j = 0; j < pipe->end_count; j++) {
			if ((pid_t)pipe->ends[j].pid == pid && pipe->ends[j].fd == fd)
				return pipe;
		}
	}
	return NULL;
}

/* Every end that it had must be there, and all of one pipe. */
static const struct pimg_live_pipe *find_pipe(const struct restored *restored,
					      const struct pimg_queue *queue)
{
	const struct pimg_live_pipe *found = NULL;

	for (size_t i = 0; i < pimg_queue_end_count(queue); i++) {
		const struct pimg_end *end = pimg_queue_end(queue, i);
		const struct task *task = tree_find_inner(&restored->tree, (pid_t)end->pid);
		const struct pimg_live_pipe *pipe =
			task ? pipe_at(restored, task->pid, end->fd) : NULL;

		if (!pipe || (found && pipe != found)) {
			hook_refuse(restored->hook, PIMG_BAD_DATA,
				    "pipe %" PRIu32 ": descriptor %" PRIu32 " of process %" PRIu32
				    " (%s) %s; are these the images that belong together?",
				    pimg_queue_id(queue), end->fd, end->pid, end->comm,
				    !task   ? "is not there, for there is no such process"
				    : !pipe ? "is no pipe"
					    : "is another pipe than its other ends");
			return NULL;
		}
		found = pipe;
	}
	return found;
}

/* ---- refilling ---- */

static int set_modes(const struct restored *restored, const struct pimg_queue *queue)
{
	for (size_t i = 0; i < pimg_queue_end_count(queue); i++) {
		const struct pimg_end *end = pimg_queue_end(queue, i);
		const struct task *task = tree_find_inner(&restored->tree, (pid_t)end->pid);
		struct pimg_error error;

		if (pimg_end_packet_mode(end) &&
		    pimg_live_set_packet_mode(task->pid, (int)end->fd, true, &error) < 0)
			return hook_complain(restored->hook, &error);
	}
	return 0;
}

static int refill(const struct restored *restored, const struct pimg_queue *queue,
		  const struct pimg_live_pipe *pipe)
{
	struct pimg_refill_report report;
	struct pimg_error error;
	int fd, result;

	fd = pimg_live_get_fd((pid_t)pipe->ends[0].pid, (int)pipe->ends[0].fd, &error);
	if (fd < 0)
		return hook_complain(restored->hook, &error);
	result = pimg_refill_replace(queue, fd, &report, &error);
	close(fd);
	if (result < 0)
		return hook_complain(restored->hook, &error);
	if (report.capacity_differs)
		hook_say(restored->hook,
			 "pipe %" PRIu32 ": capacity is %" PRIu32 " bytes, not %" PRIu32,
			 pimg_queue_id(queue), report.capacity, pimg_queue_capacity(queue));
	if (report.owner_differs)
		hook_say(restored->hook, "pipe %" PRIu32 ": owner or mode could not be set",
			 pimg_queue_id(queue));
	return 0;
}

/* A pipe that somebody else has open was not made by CRIU, but passed to it. */
static int restore_queue(struct restored *restored, const struct pimg_queue *queue)
{
	const struct pimg_live_pipe *pipe = find_pipe(restored, queue);
	const struct pimg_end *outside;
	int status;

	if (!pipe)
		return PIMG_BAD_DATA;
	outside = tree_end_outside(&restored->tree, pipe);
	if (outside) {
		hook_say(restored->hook,
			 "pipe %" PRIu32 ": left alone, for process %" PRIu32
			 " (%s) has it open, which "
			 "was not restored",
			 pimg_queue_id(queue), outside->pid, outside->comm);
		restored->left++;
		return 0;
	}
	status = refill(restored, queue, pipe);
	if (!status)
		status = set_modes(restored, queue);
	restored->refilled++;
	restored->packets += pimg_queue_packet_count(queue);
	return status;
}

static int restore_type(struct restored *restored, enum pimg_type type)
{
	char path[PATH_MAX];
	const struct pimg_error *damage;
	struct pimg_image *image;
	struct pimg_error error;
	int status = 0;

	if (!hook_has(restored->hook, hook_state_name(type)))
		return 0;
	image = pimg_image_open(hook_path(restored->hook, hook_state_name(type), path), NULL, NULL,
				&error);
	if (!image)
		return hook_complain(restored->hook, &error);
	damage = pimg_image_damage(image);
	if (damage)
		status = hook_complain(restored->hook, damage);
	for (size_t i = 0; !status && i < pimg_image_queue_count(image); i++) {
		struct pimg_queue *queue = pimg_image_load(image, i, &error);

		status = queue ? restore_queue(restored, queue)
			       : hook_complain(restored->hook, &error);
		pimg_queue_free(queue);
	}
	pimg_image_close(image);
	return status;
}

int hook_post_restore(const struct hook *hook)
{
	struct restored restored = {.hook = hook};
	int status;

	/* Images of a dump without the hook are restored as ever. */
	if (!hook_has(hook, HOOK_STATE_PIPE) && !hook_has(hook, HOOK_STATE_FIFO))
		return 0;
	status = tree_of_restore(hook, &restored.tree);
	for (int type = PIMG_PIPE; !status && type <= PIMG_FIFO; type++)
		status = restore_type(&restored, type);
	if (!status)
		hook_say(hook, "gave %zu pipe%s their queues, with %zu packet%s; left %zu alone",
			 restored.refilled, restored.refilled == 1 ? "" : "s", restored.packets,
			 restored.packets == 1 ? "" : "s", restored.left);
	tree_release(&restored.tree);
	return status;
}
