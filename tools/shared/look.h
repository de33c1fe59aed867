/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File status from the kernel's cache. */
#ifndef TOOLS_SHARED_LOOK_H
#define TOOLS_SHARED_LOOK_H

#include <fcntl.h>
#include <sys/stat.h>

/*
 * Like stat(2), or like fstat(2) if the path is empty, but does not ask a file server: if that hangs, the
 * process would hang too, even on SIGTERM.
 * @fd: a descriptor, or AT_FDCWD
 */
static inline int look_at(int fd, const char *path, struct statx *status)
{
	int flags = AT_STATX_DONT_SYNC | (fd == AT_FDCWD ? 0 : AT_EMPTY_PATH);

	return statx(fd, path, flags, STATX_BASIC_STATS, status);
}

#endif
