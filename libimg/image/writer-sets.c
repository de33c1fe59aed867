// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/writer-sets.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

struct member {
	const struct pimg_queue *queue;
	size_t index; /* in the order of the caller */
	unsigned set;
};

#define ORDER(x, y)                                                                                \
	do {                                                                                       \
		if ((x) != (y))                                                                    \
			return (x) < (y) ? -1 : 1;                                                 \
	} while (0)

static int by_id(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	ORDER(pimg_queue_type(x->queue), pimg_queue_type(y->queue));
	ORDER(pimg_queue_id(x->queue), pimg_queue_id(y->queue));
	ORDER(x->index, y->index);
	return 0;
}

static int by_set(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	ORDER(pimg_queue_type(x->queue), pimg_queue_type(y->queue));
	ORDER(x->set, y->set);
	ORDER(x->index, y->index);
	return 0;
}

static bool are_twins(const struct member *a, const struct member *b)
{
	return pimg_queue_type(a->queue) == pimg_queue_type(b->queue) &&
	       pimg_queue_id(a->queue) == pimg_queue_id(b->queue);
}

/* The first queue with an id is in set 0, the second in set 1. */
static int number_sets(struct writer_sets *sets, struct member *members, size_t count,
		       struct pimg_error *error)
{
	sets->set_count = 1;
	for (size_t i = 1; i < count; i++) {
		if (are_twins(&members[i - 1], &members[i]))
			members[i].set = members[i - 1].set + 1;
		if (members[i].set == DIRECTORY_SETS_MAX) {
			error_refused(error, EINVAL,
				      "more than %d queues with the same id; capture them in "
				      "several runs",
				      DIRECTORY_SETS_MAX);
			return error_of_queue(error, pimg_queue_type(members[i].queue),
					      pimg_queue_id(members[i].queue));
		}
		if (members[i].set >= sets->set_count)
			sets->set_count = members[i].set + 1;
	}
	return 0;
}

int writer_sets_make(struct writer_sets *sets, const struct pimg_queue *const *queues, size_t count,
		     struct pimg_error *error)
{
	_cleanup_free_ struct member *members = calloc(count + 1, sizeof(*members));

	*sets = (struct writer_sets){.list = calloc(count + 1, sizeof(*sets->list))};
	if (!members || !sets->list)
		return error_memory(error);
	for (size_t i = 0; i < count; i++)
		members[i] = (struct member){.queue = queues[i], .index = i};
	qsort(members, count, sizeof(*members), by_id);
	if (number_sets(sets, members, count, error) < 0)
		return -1;
	qsort(members, count, sizeof(*members), by_set);
	for (size_t i = 0; i < count; i++) {
		sets->list[i] = members[i].queue;
		sets->starts[pimg_queue_type(members[i].queue)][members[i].set + 1]++;
	}
	for (unsigned set = 0; set < DIRECTORY_SETS_MAX; set++)
		sets->starts[PIMG_PIPE][set + 1] += sets->starts[PIMG_PIPE][set];
	sets->starts[PIMG_FIFO][0] = sets->starts[PIMG_PIPE][DIRECTORY_SETS_MAX];
	for (unsigned set = 0; set < DIRECTORY_SETS_MAX; set++)
		sets->starts[PIMG_FIFO][set + 1] += sets->starts[PIMG_FIFO][set];
	return 0;
}

const struct pimg_queue *const *writer_set(const struct writer_sets *sets, enum pimg_type type,
					   unsigned set, size_t *count)
{
	const size_t *start = &sets->starts[type][set];

	*count = start[1] - start[0];
	return (const struct pimg_queue *const *)sets->list + start[0];
}

void writer_sets_release(struct writer_sets *sets)
{
	free(sets->list);
}
