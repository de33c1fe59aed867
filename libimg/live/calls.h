/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* System calls that wait on descriptors, by their numbers in each of the ABIs that this machine runs. */
#ifndef LIBIMG_LIVE_CALLS_H
#define LIBIMG_LIVE_CALLS_H

#include <stdbool.h>

/* The meaning of a call's arguments. Calls from CALL_POLL on can wait on many descriptors. */
enum call_kind {
	CALL_OTHER,
	CALL_READ,
	CALL_WRITE,
	CALL_SPLICE,
	CALL_TEE,
	CALL_VMSPLICE,
	CALL_SENDFILE,
	CALL_POLL,	 /* array of struct pollfd, count */
	CALL_SELECT,	 /* count, sets to read, to write */
	CALL_SELECT_OLD, /* the same, in memory, as 32-bit words */
	CALL_EPOLL,	 /* instance */
	CALL_RESTART,	 /* restart_syscall(2), with the arguments of the interrupted call */
};

/* @compat: made by a 32-bit process on a 64-bit kernel */
enum call_kind calls_kind(long number, bool compat);

#endif
