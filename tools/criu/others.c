// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes outside the tree that have an end of its packet pipes. If they share an end with a task, they lose
 * packet mode together with the task. They are stopped with ptrace(2), which neither they nor their parents
 * notice.
 */
#include "criu/others.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#include "pipeimg-private.h"
#include "shared/message.h"

/* Limit of scans for processes to stop. */
#define LOOKS_MAX 100
/* Limit of scans in which a process cannot be stopped. */
#define REFUSALS_MAX 5

#define UNSTOPPED (-2)

/* Processes that one scan found and stopped. */
struct others {
	struct others *before;
	struct pimg_stop *stop;
	size_t count;
	pid_t pids[]; /* sorted */
};

/* A pipe can contain packets even if none of its ends is in packet mode any longer. */
bool pipe_has_packets(const struct tree *tree, size_t index)
{
	struct pimg_queue *queue;
	bool packets;

	const struct pimg_live_pipe *pipe = pimg_live_pipe(tree->live, index);

	if (any_in_packet_mode(pipe->ends, pipe->end_count))
		return true;
	queue = pimg_live_capture(tree->live, index, PIMG_CAPTURE_NO_READER, NULL);
	packets = queue && pimg_queue_packet_count(queue);
	pimg_queue_free(queue);
	return packets;
}

static int by_pid(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_known(const struct others *others, pid_t pid)
{
	for (; others; others = others->before) {
		if (bsearch(&pid, others->pids, others->count, sizeof(pid), by_pid))
			return true;
	}
	return false;
}

/*
 * CRIU and its ancestors cannot be stopped. If such a process has a write end in packet mode, what it writes
 * during the window would not be a packet.
 */
static int add_other(const struct hook *hook, const struct tree *tree, struct others *others,
		     const struct pimg_live_pipe *pipe, const struct pimg_end *end)
{
	pid_t pid = (pid_t)end->pid;

	if (pimg_live_descends(tree->live, hook->criu, pid)) {
		if (!(end->flags & O_DIRECT) || !pimg_end_writes(end))
			return 0;
		return hook_refuse(hook, PIMG_SYSTEM,
				   "%s %" PRIu32
				   ": process %ld (%s) has its write end in packet mode, and "
				   "cannot be stopped because it is an ancestor of CRIU; if the "
				   "tree also has such an end, CRIU will refuse to dump it; run "
				   "CRIU from a process that does not have this pipe open",
				   pimg_type_word(pipe->type), pipe->id, (long)pid, end->comm);
	}
	others->pids[others->count++] = pid;
	return 0;
}

/* Sorts the processes, and removes duplicates and those already stopped. */
static void keep_new(struct others *others)
{
	size_t kept = 0;

	qsort(others->pids, others->count, sizeof(*others->pids), by_pid);
	for (size_t i = 0; i < others->count; i++) {
		pid_t pid = others->pids[i];

		if (!(kept && others->pids[kept - 1] == pid) && !is_known(others->before, pid))
			others->pids[kept++] = pid;
	}
	others->count = kept;
}

/* Finds the processes that are not stopped yet. */
static int find_others(const struct hook *hook, const struct tree *tree, struct others *others)
{
	for (size_t i = 0; i < pimg_live_pipe_count(tree->live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(tree->live, i);

		if (!tree_has_pipe(tree, pipe) || !tree_end_outside(tree, pipe) ||
		    !pipe_has_packets(tree, i))
			continue;
		for (size_t j = 0; j < pipe->end_count; j++) {
			if (!tree_find(tree, (pid_t)pimg_end_at(pipe->ends, j)->pid) &&
			    add_other(hook, tree, others, pipe, pimg_end_at(pipe->ends, j)))
				return -1;
		}
	}
	keep_new(others);
	return 0;
}

void others_release(struct others *others)
{
	while (others) {
		struct others *before = others->before;

		pimg_stop_release(others->stop);
		free(others);
		others = before;
	}
}

/* Scans once. Returns null after printing an error. */
static struct others *look(const struct hook *hook, const struct tree *tree, struct others *before)
{
	struct others *found;
	size_t most = 0;

	for (size_t i = 0; i < pimg_live_pipe_count(tree->live); i++)
		most += pimg_live_pipe(tree->live, i)->end_count;
	found = calloc(1, sizeof(*found) + (most + 1) * sizeof(pid_t));
	if (!found) {
		hook_refuse(hook, PIMG_SYSTEM, "out of memory");
		return NULL;
	}
	found->before = before;
	if (find_others(hook, tree, found) == 0)
		return found;
	free(found);
	return NULL;
}

/*
 * Scans once and stops the processes found. Returns their number, -1 after printing an error, or UNSTOPPED with
 * error set.
 */
static int stop_found(const struct hook *hook, const struct tree *tree, struct others **others,
		      struct pimg_error *error)
{
	struct others *found = look(hook, tree, *others);

	if (!found || !found->count) {
		int result = found ? 0 : -1;

		free(found);
		return result;
	}
	found->stop = pimg_stop_processes(found->pids, found->count, &until_interrupted, error);
	if (!found->stop) {
		free(found);
		return UNSTOPPED;
	}
	*others = found;
	return (int)found->count;
}

static void say_how_many(const struct hook *hook, size_t stopped)
{
	if (stopped)
		hook_say(hook,
			 "briefly stopped %zu process%s outside the tree that had its packet pipes "
			 "open",
			 stopped, PLURAL_ES(stopped));
}

int others_stop(const struct hook *hook, struct tree *tree, struct others **others)
{
	unsigned refusals = 0;
	size_t stopped = 0;

	for (unsigned looks = 0; looks < LOOKS_MAX; looks++) {
		struct pimg_error error;
		int found = stop_found(hook, tree, others, &error);

		if (!found)
			say_how_many(hook, stopped);
		if (!found || found == -1)
			return found;
		/* A process that is exiting cannot be traced; the next scan will not find it. */
		if (found == UNSTOPPED && (error.errno_value != EPERM || ++refusals > REFUSALS_MAX))
			return hook_complain(hook, &error);
		stopped += found > 0 ? (size_t)found : 0;
		tree_release(tree);
		if (tree_of_dump(hook, tree))
			return -1;
	}
	return hook_refuse(hook, PIMG_SYSTEM,
			   "processes outside the tree that share its packet pipes start new ones "
			   "faster than they can be stopped");
}

/*
 * A process can have received an end that was in flight in a socket during the scan. What it wrote since then is
 * not a packet.
 */
void others_look_again(const struct hook *hook, struct tree *tree, struct others *others,
		       pid_t ours)
{
	struct others *late;

	tree_release(tree);
	late = tree_of_dump(hook, tree) ? NULL : look(hook, tree, others);
	for (size_t i = 0; late && i < late->count; i++) {
		if (late->pids[i] != ours)
			hook_fail_dump(hook,
				       "process %ld outside the tree received an end of its packet "
				       "pipes during the dump, and may have written to it",
				       (long)late->pids[i]);
	}
	free(late);
}
