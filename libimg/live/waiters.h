/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds threads that wait in a system call on a descriptor, through /proc/PID/task/TID/syscall. */
#ifndef LIBIMG_LIVE_WAITERS_H
#define LIBIMG_LIVE_WAITERS_H

#include "live/wait-list.h"

/* Adds the waits of a process's threads. Returns -1 only if memory is short. */
int waiters_find(struct wait_list *list, pid_t pid);

#endif
