// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The window in which the ends of frozen tasks are out of packet mode, for CRIU refuses ends that are
 * in it. The tasks cannot write meanwhile. A process outside of the tree can, if it shares an end, or
 * has one of its own: it is stopped by ptrace(2), which neither it nor its parent notices.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu-hook.h"
#include "message.h"

struct window {
	const struct hook *hook;
	struct tree tree;
	pid_t *others; /* outside of the tree, with an end of a pipe with packets */
	size_t other_count;
	struct pimg_stop *stop;
	struct pimg_packet_pause *pause;
};

/* ---- who must not write meanwhile ---- */

static bool has_packet_mode(const struct pimg_live_pipe *pipe)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pipe->ends[i].flags & O_DIRECT)
			return true;
	}
	return false;
}

/* Packets that were written before may be there without any end in packet mode. */
static bool has_packets(const struct tree *tree, size_t index)
{
	struct pimg_queue *queue;
	bool packets;

	if (has_packet_mode(pimg_live_pipe(tree->live, index)))
		return true;
	queue = pimg_live_capture(tree->live, index, PIMG_CAPTURE_NO_READER, NULL);
	packets = queue && pimg_queue_packet_count(queue);
	pimg_queue_free(queue);
	return packets;
}

static bool is_known(const struct window *window, pid_t pid)
{
	for (size_t i = 0; i < window->other_count; i++) {
		if (window->others[i] == pid)
			return true;
	}
	return false;
}

/*
 * CRIU cannot be stopped, nor who waits for it. If such a process has an end in packet mode, what it
 * writes meanwhile would be no packet.
 */
static int add_other(struct window *window, const struct pimg_live_pipe *pipe,
		     const struct pimg_end *end)
{
	pid_t pid = (pid_t)end->pid;

	if (pimg_live_descends(window->tree.live, window->hook->criu, pid)) {
		if (!(end->flags & O_DIRECT) || !pimg_end_writes(end))
			return 0;
		return hook_refuse(window->hook, PIMG_SYSTEM,
				   "pipe %" PRIu32 ": process %ld (%s) has its write end in packet "
				   "mode too, and cannot be stopped, for CRIU runs below it; CRIU "
				   "will refuse to dump it",
				   pipe->id, (long)pid, end->comm);
	}
	if (!is_known(window, pid))
		window->others[window->other_count++] = pid;
	return 0;
}

static int find_others(struct window *window)
{
	const struct tree *tree = &window->tree;

	window->others = calloc(pimg_live_process_count(tree->live) + 1, sizeof(pid_t));
	if (!window->others)
		return hook_refuse(window->hook, PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < pimg_live_pipe_count(tree->live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(tree->live, i);

		if (!tree_has_pipe(tree, pipe) || !tree_end_outside(tree, pipe) ||
		    !has_packets(tree, i))
			continue;
		for (size_t j = 0; j < pipe->end_count; j++) {
			if (!tree_find(tree, (pid_t)pipe->ends[j].pid) &&
			    add_other(window, pipe, &pipe->ends[j]))
				return -1;
		}
	}
	return 0;
}

static int stop_others(struct window *window)
{
	struct pimg_error error;

	if (find_others(window))
		return -1;
	if (!window->other_count)
		return 0;
	window->stop = pimg_stop_processes(window->others, window->other_count, &error);
	if (!window->stop)
		return hook_complain(window->hook, &error);
	hook_say(window->hook,
		 "%zu process%s outside of the tree, which shared its packet pipes, "
		 "stood still for a moment",
		 window->other_count, window->other_count == 1 ? "" : "es");
	return 0;
}

/* ---- packet mode ---- */

/*
 * Should the keeper be killed, the next action finds here whose ends it was. One line an end, which
 * several tasks may share.
 */
static int note_ends(const struct window *window)
{
	const struct tree *tree = &window->tree;
	char path[PATH_MAX];
	FILE *file = fopen(hook_path(window->hook, HOOK_PAUSED, path), "we");

	if (!file)
		return hook_refuse(window->hook, PIMG_SYSTEM, "%s: %s", path, strerror(errno));
	for (size_t i = 0; i < pimg_live_pipe_count(tree->live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(tree->live, i);

		for (size_t j = 0; j < pipe->end_count; j++) {
			const struct pimg_end *end = &pipe->ends[j];

			if ((end->flags & O_DIRECT) && tree_find(tree, (pid_t)end->pid))
				fprintf(file, "%" PRIu32 " %" PRIu32 "\n", end->pid, end->fd);
		}
	}
	return fclose(file) == 0
		       ? 0
		       : hook_refuse(window->hook, PIMG_SYSTEM, "%s: %s", path, strerror(errno));
}

static bool is_needed(const struct tree *tree)
{
	for (size_t i = 0; i < pimg_live_pipe_count(tree->live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(tree->live, i);

		if (tree_has_pipe(tree, pipe) &&
		    (has_packet_mode(pipe) ||
		     (tree_end_outside(tree, pipe) && has_packets(tree, i))))
			return true;
	}
	return false;
}

static int check_frozen(const struct window *window)
{
	for (size_t i = 0; i < window->tree.count; i++) {
		const struct task *task = &window->tree.tasks[i];

		if (!strchr("tTZX", task->state))
			return hook_refuse(window->hook, PIMG_SYSTEM,
					   "process %ld is not frozen yet: this CRIU does things "
					   "in another order than is known",
					   (long)task->pid);
	}
	return 0;
}

static int take_packet_mode(struct window *window)
{
	const struct tree *tree = &window->tree;
	struct pimg_error error;
	pid_t *pids = calloc(tree->count + 1, sizeof(*pids));

	if (!pids)
		return hook_refuse(window->hook, PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < tree->count; i++)
		pids[i] = tree->tasks[i].pid;
	window->pause = pimg_packet_pause(tree->live, pids, tree->count, &error);
	free(pids);
	return window->pause ? 0 : hook_complain(window->hook, &error);
}

struct window *window_open(const struct hook *hook)
{
	struct window *window = calloc(1, sizeof(*window));

	if (!window)
		return NULL;
	window->hook = hook;
	if (tree_of_dump(hook, &window->tree) == 0 && is_needed(&window->tree) &&
	    check_frozen(window) == 0 && stop_others(window) == 0 && note_ends(window) == 0 &&
	    take_packet_mode(window) == 0)
		return window;
	/* Without its pause, no end has lost anything. */
	hook_remove(hook, HOOK_PAUSED);
	window_close(window);
	return NULL;
}

void window_restore_modes(struct window *window)
{
	struct pimg_error error;

	if (!window || !window->pause)
		return;
	if (pimg_packet_pause_end(window->pause, &error) < 0)
		hook_complain(window->hook, &error);
	else
		hook_remove(window->hook, HOOK_PAUSED);
	window->pause = NULL;
}

bool window_holds_others(const struct window *window)
{
	return window && window->stop;
}

void window_close(struct window *window)
{
	if (!window)
		return;
	window_restore_modes(window);
	pimg_stop_release(window->stop);
	free(window->others);
	tree_release(&window->tree);
	free(window);
}

bool window_repair(const struct hook *hook)
{
	char path[PATH_MAX];
	FILE *file = fopen(hook_path(hook, HOOK_PAUSED, path), "re");
	int pid, fd;

	if (!file)
		return false;
	while (fscanf(file, "%d %d", &pid, &fd) == 2) {
		struct pimg_error error;

		if (pimg_live_set_packet_mode(pid, fd, true, &error) < 0)
			hook_complain(hook, &error);
	}
	fclose(file);
	hook_remove(hook, HOOK_PAUSED);
	return true;
}
