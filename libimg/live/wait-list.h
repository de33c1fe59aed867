/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that wait on descriptors. */
#ifndef LIBIMG_LIVE_WAIT_LIST_H
#define LIBIMG_LIVE_WAIT_LIST_H

#include "live/calls.h"
#include "pipeimg.h"

/* A thread in a system call. */
struct waiter {
	pid_t pid;
	uint32_t tid;
	enum call_kind kind;
	bool compat; /* a 32-bit process on a 64-bit kernel */
	uint64_t arguments[3];
};

/* A thread that waits on one of its descriptors, of any kind. */
struct found_wait {
	struct pimg_wait wait;
	uint64_t inode; /* of the polled file, whatever the descriptor is now; or 0 */
};

struct wait_list {
	struct found_wait *waits;
	size_t count, room;
};

/* Adds a wait on a descriptor. @inode: or 0. Returns -1 if memory is short. */
int wait_list_add(struct wait_list *list, const struct waiter *waiter, uint64_t fd, uint64_t inode,
		  bool writes);
/* Sorts by process and descriptor, for wait_list_first(). */
void wait_list_sort(struct wait_list *list);
/* The index of the first wait on a descriptor, or where it would be. */
size_t wait_list_first(const struct wait_list *list, uint32_t pid, uint32_t fd);
void wait_list_release(struct wait_list *list);

#endif
