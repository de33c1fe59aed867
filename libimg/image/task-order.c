// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/task-order.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define NOBODY UINT32_MAX

/* A process of the tree, by the order of pids. */
struct node {
	uint32_t parent, first_child, next; /* or NOBODY */
	uint32_t depth;
	bool visited;
};

struct tree {
	struct node *nodes;
	const struct kept_task *tasks; /* by pid */
	struct kept_task *sorted;
	size_t count, sorted_count;
};

static int by_pid(const void *a, const void *b)
{
	uint32_t x = ((const struct kept_task *)a)->pid, y = ((const struct kept_task *)b)->pid;

	return (x > y) - (x < y);
}

static uint32_t find_parent(const struct tree *tree, const struct kept_task *task)
{
	struct kept_task wanted = {.pid = task->parent};
	const struct kept_task *found =
		task->parent ? bsearch(&wanted, tree->tasks, tree->count, sizeof(wanted), by_pid)
			     : NULL;

	return found && found != task ? (uint32_t)(found - tree->tasks) : NOBODY;
}

/* The last process comes first, so that the children of each are in the order of pids. */
static void link_nodes(struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		tree->nodes[i].first_child = tree->nodes[i].next = NOBODY;
	for (size_t i = tree->count; i--;) {
		struct node *node = &tree->nodes[i];

		node->parent = find_parent(tree, &tree->tasks[i]);
		if (node->parent == NOBODY)
			continue;
		node->next = tree->nodes[node->parent].first_child;
		tree->nodes[node->parent].first_child = (uint32_t)i;
	}
}

static void visit(struct tree *tree, uint32_t number, uint32_t depth)
{
	struct kept_task *task = &tree->sorted[tree->sorted_count++];

	tree->nodes[number].visited = true;
	tree->nodes[number].depth = depth;
	*task = tree->tasks[number];
	task->depth = depth;
}

/* In a circle, a child can have been visited as the start. */
static uint32_t skip_visited(const struct tree *tree, uint32_t number)
{
	while (number != NOBODY && tree->nodes[number].visited)
		number = tree->nodes[number].next;
	return number;
}

/* Visits a process and its descendants, without recursion: there can be 10^5 generations. */
static void visit_below(struct tree *tree, uint32_t start)
{
	uint32_t at = start;

	visit(tree, start, 0);
	for (;;) {
		uint32_t next = skip_visited(tree, tree->nodes[at].first_child);

		while (next == NOBODY && at != start) {
			next = skip_visited(tree, tree->nodes[at].next);
			at = tree->nodes[at].parent;
		}
		if (next == NOBODY)
			return;
		visit(tree, next, tree->nodes[at].depth + 1);
		at = next;
	}
}

/* Every ancestor of this process has a parent: the first process of the circle above it. */
static uint32_t start_of_circle(const struct tree *tree, uint32_t number)
{
	const struct node *nodes = tree->nodes;
	uint32_t slow = number, fast = number, lowest;

	do {
		slow = nodes[slow].parent;
		fast = nodes[nodes[fast].parent].parent;
	} while (slow != fast);
	lowest = slow;
	for (fast = nodes[slow].parent; fast != slow; fast = nodes[fast].parent)
		lowest = fast < lowest ? fast : lowest;
	return lowest;
}

int task_order_sort(struct kept_task *tasks, size_t count, struct pimg_error *error)
{
	struct tree tree = {.tasks = tasks, .count = count};

	if (!count)
		return 0;
	tree.nodes = calloc(count, sizeof(*tree.nodes));
	tree.sorted = calloc(count, sizeof(*tree.sorted));
	if (!tree.nodes || !tree.sorted) {
		free(tree.nodes);
		free(tree.sorted);
		return error_memory(error);
	}
	qsort(tasks, count, sizeof(*tasks), by_pid);
	link_nodes(&tree);
	for (size_t i = 0; i < count; i++) {
		if (tree.nodes[i].parent == NOBODY)
			visit_below(&tree, (uint32_t)i);
	}
	/* What remains is in circles and below them. */
	for (size_t i = 0; i < count; i++) {
		if (!tree.nodes[i].visited)
			visit_below(&tree, start_of_circle(&tree, (uint32_t)i));
	}
	memcpy(tasks, tree.sorted, count * sizeof(*tasks));
	free(tree.nodes);
	free(tree.sorted);
	return 0;
}
