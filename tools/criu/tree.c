// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tasks that CRIU dumps or restores: the first one and its descendants. In a dump, when they are frozen, nothing
 * else is looked at. After a restore, processes outside the tree matter as well, because they can
 * use a pipe while it is filled.
 */
#include "criu/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#include "pipeimg-private.h"
#include "shared/message.h"

/* Ignores processes that have ended in the meantime. */
static int find_tasks(const struct hook *hook, struct tree *tree)
{
	size_t count = pimg_live_process_count(tree->live);

	tree->tasks = calloc(count + 1, sizeof(*tree->tasks));
	if (!tree->tasks)
		return hook_refuse(hook, PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		pid_t pid = pimg_live_process(tree->live, i);
		struct pimg_process process;
		struct pimg_error error;

		if (!pimg_live_descends(tree->live, pid, hook->init))
			continue;
		if (pimg_process_look(pid, &process, &error) < 0) {
			if (error.errno_value != ESRCH)
				return hook_complain(hook, &error);
			continue;
		}
		tree->tasks[tree->count++] = (struct task){process.pid, process.inner_pid};
	}
	return 0;
}

static int by_inner_pid(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	if (x->inner_pid != y->inner_pid)
		return x->inner_pid < y->inner_pid ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Nested PID namespaces can use a number several times; the first task with it is used. */
static int order_by_inner_pid(const struct hook *hook, struct tree *tree)
{
	struct task *inner = calloc(tree->count + 1, sizeof(*inner));
	size_t kept = 0;

	if (!inner)
		return hook_refuse(hook, PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < tree->count; i++)
		inner[i] = tree->tasks[i];
	qsort(inner, tree->count, sizeof(*inner), by_inner_pid);
	for (size_t i = 0; i < tree->count; i++) {
		if (!kept || inner[kept - 1].inner_pid != inner[i].inner_pid)
			inner[kept++] = inner[i];
	}
	tree->inner = inner;
	tree->inner_count = kept;
	return 0;
}

/* Takes ownership of the scan. */
static int look(const struct hook *hook, struct tree *tree, struct pimg_live *live,
		const struct pimg_error *error)
{
	int status;

	*tree = (struct tree){.live = live};
	if (!live)
		return hook_complain(hook, error);
	status = find_tasks(hook, tree);
	return status ? status : order_by_inner_pid(hook, tree);
}

/* Every process counts as a descendant of pid 0. */
static int check_init(const struct hook *hook, struct tree *tree)
{
	*tree = (struct tree){0};
	return hook->init > 0 ? 0 : hook_refuse(hook, PIMG_USAGE, "CRTOOLS_INIT_PID is not set");
}

int tree_of_dump(const struct hook *hook, struct tree *tree)
{
	struct pimg_error error;
	int status = check_init(hook, tree);

	if (!status)
		status = look(hook, tree, pimg_live_scan_tree(hook->init, &error), &error);
	if (!status && (!tree->count || pimg_live_hidden_count(tree->live)))
		status = hook_refuse(hook, PIMG_SYSTEM,
				     "the descriptors of some tasks cannot be inspected");
	return status;
}

int tree_of_restore(const struct hook *hook, struct tree *tree)
{
	struct pimg_error error;
	int status = check_init(hook, tree);

	return status ? status : look(hook, tree, pimg_live_scan(0, &error), &error);
}

void tree_release(struct tree *tree)
{
	pimg_live_free(tree->live);
	free(tree->tasks);
	free(tree->inner);
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

static int by_inner_pid_alone(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return (x->inner_pid > y->inner_pid) - (x->inner_pid < y->inner_pid);
}

const struct task *tree_find_inner(const struct tree *tree, pid_t inner_pid)
{
	struct task wanted = {.inner_pid = inner_pid};

	return bsearch(&wanted, tree->inner, tree->inner_count, sizeof(wanted), by_inner_pid_alone);
}

bool any_in_packet_mode(const struct pimg_ends *ends, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (pimg_end_at(ends, i)->flags & O_DIRECT)
			return true;
	}
	return false;
}
