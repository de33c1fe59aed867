// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/wait-list.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/lower-bound.h"
#include "live/proc-file.h"

int wait_list_add(struct wait_list *list, const struct waiter *waiter, uint64_t fd, uint64_t inode,
		  bool writes)
{
	struct found_wait *added;

	if (array_make_room(&list->waits, &list->room, list->count + 1, sizeof(*list->waits),
			    NULL) < 0)
		return -1;
	added = &list->waits[list->count++];
	*added = (struct found_wait){
		.inode = inode,
		.wait = {.pid = (uint32_t)waiter->pid,
			 .tid = waiter->tid,
			 .fd = (uint32_t)fd,
			 .writes = writes},
	};
	return 0;
}

static int by_descriptor(const void *a, const void *b)
{
	const struct pimg_wait *x = &((const struct found_wait *)a)->wait;
	const struct pimg_wait *y = &((const struct found_wait *)b)->wait;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->fd != y->fd)
		return x->fd < y->fd ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

void wait_list_sort(struct wait_list *list)
{
	if (list->count)
		qsort(list->waits, list->count, sizeof(*list->waits), by_descriptor);
}

size_t wait_list_first(const struct wait_list *list, uint32_t pid, uint32_t fd)
{
	struct found_wait wanted = {.wait = {.pid = pid, .fd = fd}};

	return lower_bound(&wanted, list->waits, list->count, sizeof(wanted), by_descriptor);
}

void wait_list_release(struct wait_list *list)
{
	free(list->waits);
}
