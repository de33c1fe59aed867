/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_LIVE_POLLS_H
#define LIBIMG_LIVE_POLLS_H

#include "live/wait-list.h"

/*
 * Adds the descriptors that a thread waits for in poll(2), select(2), epoll_wait(2) and similar calls.
 * @waiter: in one of the calls from CALL_POLL on
 * Returns -1 only if memory is short.
 */
int polls_find(struct wait_list *list, const struct waiter *waiter);

#endif
