// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The window in which the ends of the frozen tasks are out of packet mode, because CRIU refuses ends in
 * packet mode. The tasks cannot write during the window, but a process outside the tree that has an end can.
 * It is stopped with ptrace(2), which neither it nor its parent notices.
 */
#include "criu/window.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criu/others.h"
#include "criu/tree.h"
#include "pipeimg-private.h"
#include "shared/message.h"

struct window {
	const struct hook *hook;
	struct tree tree;
	struct others *others; /* stopped processes outside the tree */
	struct pimg_packet_pause *pause;
	pid_t guardian;
	int guardian_fd; /* write end of a pipe to the guardian */
};

/* ---- packet mode ---- */

static bool is_paused_end(const struct tree *tree, const struct pimg_end *end)
{
	return (end->flags & O_DIRECT) && tree_find(tree, (pid_t)end->pid);
}

/*
 * Records the ends in a file, one per line, so that the next action can repair them if the keeper is killed.
 * Several tasks can share an end.
 */
static int note_ends(const struct window *window)
{
	const struct tree *tree = &window->tree;
	int fd = hook_open(window->hook, HOOK_PAUSED, O_WRONLY | O_CREAT | O_EXCL);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		return hook_refuse(window->hook, PIMG_SYSTEM, "%s: %s", HOOK_PAUSED,
				   strerror(errno));
	for (size_t i = 0; i < pimg_live_pipe_count(tree->live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(tree->live, i);

		for (size_t j = 0; j < pipe->end_count; j++) {
			const struct pimg_end *end = pimg_end_at(pipe->ends, j);

			if (is_paused_end(tree, end))
				fprintf(file, "%" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64 "\n",
					end->pid, end->fd, pipe->device, pipe->inode);
		}
	}
	return fclose(file) == 0 ? 0
				 : hook_refuse(window->hook, PIMG_SYSTEM, "%s: %s", HOOK_PAUSED,
					       strerror(errno));
}

static bool is_needed(const struct tree *tree)
{
	for (size_t i = 0; i < pimg_live_pipe_count(tree->live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(tree->live, i);

		if (tree_has_pipe(tree, pipe) &&
		    (any_in_packet_mode(pipe->ends, pipe->end_count) ||
		     (tree_end_outside(tree, pipe) && pipe_has_packets(tree, i))))
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
					   "process %ld is not frozen yet: this version of CRIU "
					   "works in an unknown order",
					   (long)task->pid);
	}
	return 0;
}

static int find_ends(struct window *window)
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

static int take_packet_mode(const struct window *window)
{
	struct pimg_error error;

	if (pimg_packet_pause_begin(window->pause, &error) == 0)
		return 0;
	return hook_complain(window->hook, &error);
}

/* ---- if the keeper is killed ---- */

/* The guardian has copies of all ends that are out of packet mode. It waits for a byte that reports success. */
static void __attribute__((noreturn)) be_guardian(struct window *window, int from_keeper)
{
	char word;
	ssize_t got;

	do {
		got = read(from_keeper, &word, 1);
	} while (got < 0 && errno == EINTR);
	if (got == 1)
		_exit(0);
	if (pimg_packet_pause_end(window->pause, NULL) == 0)
		hook_remove(window->hook, HOOK_PAUSED);
	hook_fail_dump(window->hook,
		       "the keeper was killed; packet mode of the tasks was set again");
	_exit(0);
}

static int start_guardian(struct window *window)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return hook_refuse(window->hook, PIMG_SYSTEM, "cannot create a pipe: %s",
				   strerror(errno));
	window->guardian = fork();
	if (!window->guardian) {
		close(ends[1]);
		be_guardian(window, ends[0]);
	}
	close(ends[0]);
	window->guardian_fd = ends[1];
	if (window->guardian > 0)
		return 0;
	return hook_refuse(window->hook, PIMG_SYSTEM, "cannot create a process: %s",
			   strerror(errno));
}

static void end_guardian(struct window *window)
{
	ssize_t written;

	if (window->guardian_fd < 0)
		return;
	if (window->guardian > 0) {
		written = write(window->guardian_fd, "", 1);
		(void)written;
		waitpid(window->guardian, NULL, 0);
	}
	close(window->guardian_fd);
	window->guardian_fd = -1;
}

/* Sets packet mode of an end again, if it is still the recorded one. */
static void repair_end(const struct hook *hook, struct pimg_live *live, const char *line)
{
	struct pimg_error error;
	uint64_t device, inode;
	uint32_t pid, fd;
	ssize_t found;

	if (sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu64, &pid, &fd, &device,
		   &inode) != 4)
		return;
	found = pimg_live_find_end(live, (pid_t)pid, fd);
	if (found >= 0 && found == pimg_live_find(live, device, inode) &&
	    pimg_live_set_packet_mode((pid_t)pid, (int)fd, true, &error) < 0)
		hook_complain(hook, &error);
}

bool window_repair(const struct hook *hook)
{
	int fd = hook_open(hook, HOOK_PAUSED, O_RDONLY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	struct pimg_live *live;
	char line[128];

	if (!file)
		return false;
	live = pimg_live_scan(0, NULL);
	while (live && fgets(line, sizeof(line), file))
		repair_end(hook, live, line);
	pimg_live_free(live);
	fclose(file);
	hook_remove(hook, HOOK_PAUSED);
	return true;
}

/* ---- the window ---- */

struct window *window_open(const struct hook *hook)
{
	struct window *window = calloc(1, sizeof(*window));

	if (!window)
		return NULL;
	window->hook = hook;
	window->guardian_fd = -1;
	if (tree_of_dump(hook, &window->tree) == 0 && is_needed(&window->tree) &&
	    check_frozen(window) == 0 && others_stop(hook, &window->tree, &window->others) == 0 &&
	    note_ends(window) == 0 && find_ends(window) == 0 && start_guardian(window) == 0 &&
	    take_packet_mode(window) == 0)
		return window;
	window_close(window);
	/* window_close() has set packet mode of all ends again. */
	hook_remove(hook, HOOK_PAUSED);
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
	end_guardian(window);
}

void window_complete(struct window *window)
{
	if (window && window->pause)
		others_look_again(window->hook, &window->tree, window->others, window->guardian);
	window_restore_modes(window);
}

bool window_holds_others(const struct window *window)
{
	return window && window->others;
}

void window_close(struct window *window)
{
	if (!window)
		return;
	window_restore_modes(window);
	end_guardian(window);
	others_release(window->others);
	tree_release(&window->tree);
	free(window);
}
