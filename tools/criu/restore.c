// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * After the restore, before the restored tasks run: refills their pipes with the saved queues, and sets packet
 * mode of their ends. Without saved queues, refills those whose packets CRIU's own images list.
 *
 * A descriptor can differ from that of the dump: a file was passed to CRIU in its place (--inherit-fd, which
 * engines use for standard output). Its content does not belong to the dump, and is not changed.
 */
#include "criu/restore.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "criu/inventory.h"
#include "criu/passed.h"
#include "criu/tree.h"
#include "pipeimg-private.h"
#include "shared/message.h"

struct restored {
	const struct hook *hook;
	struct tree tree;
	/* Source of the queues, for messages. */
	const char *image_name;
	struct pimg_image *stock; /* CRIU's own image of these queues, or null */
	size_t refilled, packets, left;
};

/* ---- the restored ends of a queue ---- */

/* The pipe of an end now, or null if it is not a pipe. */
static const struct pimg_live_pipe *pipe_at(const struct restored *restored, pid_t pid, uint32_t fd)
{
	ssize_t found = pimg_live_find_end(restored->tree.live, pid, fd);

	return found < 0 ? NULL : pimg_live_pipe(restored->tree.live, (size_t)found);
}

/* Returns 0 and sets pipe (null if the end is not a pipe now), or an exit status. */
static int find_pipe_of(const struct restored *restored, const struct pimg_queue *queue,
			const struct pimg_end *end, const struct pimg_live_pipe **pipe)
{
	const struct task *task = tree_find_inner(&restored->tree, (pid_t)end->pid);

	*pipe = task ? pipe_at(restored, task->pid, end->fd) : NULL;
	if (task)
		return 0;
	return hook_refuse(
		restored->hook, PIMG_BAD_DATA,
		"%s %" PRIu32 ": process %" PRIu32
		" (%s), which had it open, does not exist; do these images belong together?",
		pimg_type_word(pimg_queue_type(queue)), pimg_queue_id(queue), end->pid, end->comm);
}

/* Where a queue belongs. */
struct place {
	const struct pimg_live_pipe *pipe; /* null if no end of it is known */
	/* A descriptor that was passed to CRIU, so that the queue must be skipped; or null. */
	const struct pimg_end *passed;
	const struct pimg_end *by; /* who may have passed it, or null if that is not needed */
};

static void add_to_place(const struct restored *restored, const struct pimg_queue *queue,
			 const struct pimg_end *end, const struct pimg_live_pipe *pipe,
			 struct place *place)
{
	struct passed passed = {.passed = true};

	if (pipe && (!place->pipe || pipe == place->pipe) && pipe->type == pimg_queue_type(queue))
		passed = passed_to_criu(restored->hook, &restored->tree, pipe);
	if (passed.passed) {
		place->passed = end;
		place->by = passed.by;
	}
	place->pipe = pipe;
}

static int find_place(const struct restored *restored, const struct pimg_queue *queue,
		      struct place *place)
{
	*place = (struct place){0};
	for (size_t i = 0; i < pimg_queue_end_count(queue) && !place->passed; i++) {
		const struct pimg_end *end = pimg_queue_end(queue, i);
		const struct pimg_live_pipe *pipe;
		int status;

		/* It is in flight in a socket, or no process had it. */
		if (!end->pid)
			continue;
		status = find_pipe_of(restored, queue, end, &pipe);
		if (status)
			return status;
		add_to_place(restored, queue, end, pipe, place);
	}
	return 0;
}

/* ---- packet mode ---- */

/* Sets packet mode of every end that had it, also of read ends, even if it belongs to another pipe now. */
static int set_modes(const struct restored *restored, const struct pimg_queue *queue)
{
	for (size_t i = 0; i < pimg_queue_end_count(queue); i++) {
		const struct pimg_end *end = pimg_queue_end(queue, i);
		const struct task *task = tree_find_inner(&restored->tree, (pid_t)end->pid);
		struct pimg_error error;

		if (!task || !(end->flags & O_DIRECT) || !pipe_at(restored, task->pid, end->fd))
			continue;
		if (pimg_live_set_packet_mode(task->pid, (int)end->fd, true, &error) < 0)
			return hook_complain(restored->hook, &error);
	}
	return 0;
}

/* ---- refilling ---- */

/* What CRIU has put into the pipe, or null if that is not known. */
static struct pimg_queue *load_stock(const struct restored *restored,
				     const struct pimg_queue *queue)
{
	size_t count = restored->stock ? pimg_image_queue_count(restored->stock) : 0;

	for (size_t i = 0; i < count; i++) {
		if (pimg_image_queue(restored->stock, i)->id == pimg_queue_id(queue))
			return pimg_image_load(restored->stock, i, NULL);
	}
	return NULL;
}

static int replace(const struct restored *restored, const struct pimg_queue *queue,
		   const struct pimg_live_pipe *pipe)
{
	const struct pimg_end *end = pimg_end_at(pipe->ends, 0);
	struct pimg_refill_report report = {0};
	struct pimg_queue *put;
	struct pimg_error error;
	int fd, result;

	/* Prefer an end of a restored process. */
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (tree_find(&restored->tree, (pid_t)pimg_end_at(pipe->ends, i)->pid))
			end = pimg_end_at(pipe->ends, i);
	}
	fd = pimg_live_get_fd((pid_t)end->pid, (int)end->fd, &error);
	if (fd < 0)
		return hook_complain(restored->hook, &error);
	put = load_stock(restored, queue);
	result = pimg_refill_replace(queue, put, fd, &report, &error);
	pimg_queue_free(put);
	close(fd);
	if (result < 0)
		return hook_complain(restored->hook, &error);
	if (report.capacity_differs)
		hook_say(restored->hook,
			 "%s %" PRIu32 ": capacity is %" PRIu32 " bytes, not %" PRIu32 "%s%s",
			 pimg_type_word(pimg_queue_type(queue)), pimg_queue_id(queue),
			 report.capacity, pimg_queue_capacity(queue),
			 *report.limit ? ", because of " : "", report.limit);
	if (report.owner_differs)
		hook_say(restored->hook, "%s %" PRIu32 ": cannot set owner or mode",
			 pimg_type_word(pimg_queue_type(queue)), pimg_queue_id(queue));
	return 0;
}

/* Stops processes outside the tree that could use it during the refill, except ancestors of CRIU. */
static int stop_outside(const struct restored *restored, const struct pimg_live_pipe *pipe,
			pid_t **pids, struct pimg_stop **stop)
{
	struct pimg_error error;
	size_t count = 0;

	*stop = NULL;
	*pids = calloc(pipe->end_count + 1, sizeof(pid_t));
	if (!*pids)
		return hook_refuse(restored->hook, PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < pipe->end_count; i++) {
		pid_t pid = (pid_t)pimg_end_at(pipe->ends, i)->pid;

		if (!tree_find(&restored->tree, pid) &&
		    !pimg_live_descends(restored->tree.live, restored->hook->criu, pid) &&
		    !(count && (*pids)[count - 1] == pid))
			(*pids)[count++] = pid;
	}
	if (count)
		*stop = pimg_stop_processes(*pids, count, &until_interrupted, &error);
	return count && !*stop ? hook_complain(restored->hook, &error) : 0;
}

static int refill(struct restored *restored, const struct pimg_queue *queue,
		  const struct pimg_live_pipe *pipe)
{
	struct pimg_stop *stop;
	pid_t *pids;
	int status = stop_outside(restored, pipe, &pids, &stop);

	if (!status)
		status = replace(restored, queue, pipe);
	pimg_stop_release(stop);
	free(pids);
	if (status)
		return status;
	restored->refilled++;
	restored->packets += pimg_queue_packet_count(queue);
	return 0;
}

static void say_what_is_left(const struct restored *restored, const struct pimg_queue *queue,
			     const struct place *place)
{
	const struct pimg_end *passed = place->passed, *by = place->by;
	char reason[256] = "was passed to CRIU in its place";

	if (by)
		snprintf(reason, sizeof(reason),
			 "is also open in process %" PRIu32
			 " (%s), which may have passed it to CRIU in its place",
			 by->pid, by->comm);
	if (pimg_queue_bytes(queue))
		hook_say(restored->hook,
			 "%s %" PRIu32 ": %zu packet%s and %" PRIu64
			 " byte%s were NOT restored: descriptor %" PRIu32 " of process %" PRIu32
			 " (%s) %s; they remain in %s",
			 pimg_type_word(pimg_queue_type(queue)), pimg_queue_id(queue),
			 pimg_queue_packet_count(queue), PLURAL_S(pimg_queue_packet_count(queue)),
			 pimg_queue_bytes(queue), PLURAL_S(pimg_queue_bytes(queue)), passed->fd,
			 passed->pid, passed->comm, reason, restored->image_name);
}

static int restore_queue(struct restored *restored, const struct pimg_queue *queue)
{
	struct place place;
	int status = find_place(restored, queue, &place);

	if (status)
		return status;
	if (place.passed) {
		restored->left++;
		say_what_is_left(restored, queue, &place);
	} else if (place.pipe) {
		status = refill(restored, queue, place.pipe);
	} else if (pimg_queue_packet_count(queue)) {
		restored->left++;
		hook_say(restored->hook,
			 "%s %" PRIu32 ": no end of it is known; its packets stay merged",
			 pimg_type_word(pimg_queue_type(queue)), pimg_queue_id(queue));
	}
	return status ? status : set_modes(restored, queue);
}

static bool is_of_pipe(const struct pimg_queue_info *queue)
{
	return queue->type == PIMG_PIPE || queue->type == PIMG_FIFO;
}

/* Refills the queues of an image, and closes it. @only_packets: skip queues that CRIU restores exactly */
static int restore_image(struct restored *restored, struct pimg_image *image, const char *name,
			 bool only_packets)
{
	struct pimg_error error;
	int status = 0;

	restored->image_name = name;
	for (size_t i = 0; !status && i < pimg_image_queue_count(image); i++) {
		const struct pimg_queue_info *info = pimg_image_queue(image, i);
		struct pimg_queue *queue;

		if (!is_of_pipe(info) || (only_packets && !info->packets))
			continue;
		queue = pimg_image_load(image, i, &error);
		status = queue ? restore_queue(restored, queue)
			       : hook_complain(restored->hook, &error);
		pimg_queue_free(queue);
	}
	pimg_image_close(image);
	return status;
}

static int restore_saved(struct restored *restored, enum pimg_type type)
{
	const char *name = hook_state_name(type);
	struct pimg_image *image;
	int status = 0;

	if (!hook_has(restored->hook, name))
		return 0;
	image = hook_open_image(restored->hook, name, &status);
	if (!status && hook_has(restored->hook, hook_stock_name(type)))
		restored->stock = hook_open_image(restored->hook, hook_stock_name(type), &status);
	if (status)
		pimg_image_close(image);
	else
		status = restore_image(restored, image, name, false);
	pimg_image_close(restored->stock);
	restored->stock = NULL;
	return status;
}

/*
 * Uses CRIU's own images, and its other files for the ends. CRIU has just restored processes from them, so they are
 * trusted more than files with a name of the hook.
 */
static int restore_merged(struct restored *restored)
{
	const struct hook *hook = restored->hook;
	int status = 0;
	struct pimg_image *image = hook_open_images(hook, &status);

	if (status) {
		pimg_image_close(image);
		return status;
	}
	hook_say(hook, "the hook saved no queues here; restoring the packets that CRIU's images "
		       "list, with packet mode of the ends as CRIU restored it");
	return restore_image(restored, image, hook->directory, true);
}

static int restore_all(struct restored *restored, bool with_hook)
{
	int status = tree_of_restore(restored->hook, &restored->tree);

	if (!status && !with_hook)
		status = restore_merged(restored);
	for (int type = PIMG_PIPE; !status && with_hook && type <= PIMG_FIFO; type++)
		status = restore_saved(restored, type);
	if (!status)
		hook_say(restored->hook, "restored %zu queue%s with %zu packet%s; skipped %zu",
			 restored->refilled, PLURAL_S(restored->refilled), restored->packets,
			 PLURAL_S(restored->packets), restored->left);
	tree_release(&restored->tree);
	return status;
}

/*
 * Whether CRIU's own images list packets. Returns 0, or an exit status if the system failed. A damaged image is
 * reported, but does not make the restore fail: CRIU has restored what it could from it, and most dumps have no
 * packets.
 */
static int find_packets(const struct hook *hook, bool *found)
{
	*found = false;
	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++) {
		const char *name = hook_stock_name(type);
		int status = 0;
		struct pimg_image *image =
			hook_has(hook, name) ? hook_open_image(hook, name, &status) : NULL;

		for (size_t i = 0; image && i < pimg_image_queue_count(image); i++)
			*found = *found || pimg_image_queue(image, i)->packets;
		pimg_image_close(image);
		if (status == PIMG_SYSTEM)
			return status;
	}
	return 0;
}

int hook_post_restore(const struct hook *hook)
{
	struct restored restored = {.hook = hook};
	bool with_hook = hook_has(hook, HOOK_STATE_PIPE) || hook_has(hook, HOOK_STATE_FIFO) ||
			 hook_has(hook, HOOK_INVENTORY);
	bool packets = true;
	int status;

	if (hook_has(hook, HOOK_FAILED))
		return hook_refuse(hook, PIMG_BAD_DATA, "the dump of these images failed; see %s",
				   HOOK_LOG);
	if (!with_hook && getenv(HOOK_IS_LISTED))
		return hook_refuse(hook, PIMG_BAD_DATA,
				   "the inventory says that pipeimg's plugin took part in this "
				   "dump, but its files are missing: %s, %s and %s",
				   HOOK_STATE_PIPE, HOOK_STATE_FIFO, HOOK_INVENTORY);
	/* After a dump without the hook, an upgrade can have found the packets that CRIU merged. */
	status = with_hook ? hook_check_inventory(hook) : find_packets(hook, &packets);
	return status || !packets ? status : restore_all(&restored, with_hook);
}
