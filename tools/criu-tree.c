// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tasks that CRIU is at. At a dump they are those that it traces: it has seized every thread of
 * the tree before it writes the first image. Restored ones descend from the first.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#include "criu-hook.h"
#include "message.h"

/* A dump has traced tasks; a restore has a first one, from which all others descend. */
static bool belongs(const struct hook *hook, const struct tree *tree,
		    const struct pimg_process *process)
{
	if (tree->is_restored)
		return pimg_live_descends(tree->live, process->pid, hook->init);
	return process->tracer == hook->criu;
}

/* Processes that have ended meanwhile are none. */
static int find_tasks(const struct hook *hook, struct tree *tree)
{
	size_t count = pimg_live_process_count(tree->live);

	tree->tasks = calloc(count + 1, sizeof(*tree->tasks));
	if (!tree->tasks)
		return hook_refuse(hook, PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct pimg_process process;
		struct pimg_error error;

		if (pimg_process_look(pimg_live_process(tree->live, i), &process, &error) < 0) {
			if (error.errno_value != ESRCH)
				return hook_complain(hook, &error);
			continue;
		}
		if (belongs(hook, tree, &process))
			tree->tasks[tree->count++] =
				(struct task){process.pid, process.inner_pid, process.state};
	}
	return 0;
}

static int look(const struct hook *hook, struct tree *tree, bool is_restored)
{
	struct pimg_error error;

	*tree = (struct tree){.is_restored = is_restored, .live = pimg_live_scan(0, &error)};
	if (!tree->live)
		return hook_complain(hook, &error);
	return find_tasks(hook, tree);
}

int tree_of_dump(const struct hook *hook, struct tree *tree)
{
	return look(hook, tree, false);
}

int tree_of_restore(const struct hook *hook, struct tree *tree)
{
	/* Everything descends from nothing. */
	if (hook->init <= 0)
		return hook_refuse(hook, PIMG_USAGE, "CRTOOLS_INIT_PID is not set");
	return look(hook, tree, true);
}

void tree_release(struct tree *tree)
{
	pimg_live_free(tree->live);
	free(tree->tasks);
	*tree = (struct tree){0};
}

static int by_pid(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

const struct task *tree_find(const struct tree *tree, pid_t pid)
{
	struct task wanted = {.pid = pid};

	return bsearch(&wanted, tree->tasks, tree->count, sizeof(wanted), by_pid);
}

const struct task *tree_find_inner(const struct tree *tree, pid_t inner_pid)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->tasks[i].inner_pid == inner_pid)
			return &tree->tasks[i];
	}
	return NULL;
}

bool tree_has_pipe(const struct tree *tree, const struct pimg_live_pipe *pipe)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (tree_find(tree, (pid_t)pipe->ends[i].pid))
			return true;
	}
	return false;
}

const struct pimg_end *tree_end_outside(const struct tree *tree, const struct pimg_live_pipe *pipe)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (!tree_find(tree, (pid_t)pipe->ends[i].pid))
			return &pipe->ends[i];
	}
	return NULL;
}

bool any_in_packet_mode(const struct pimg_end *ends, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (ends[i].flags & O_DIRECT)
			return true;
	}
	return false;
}
