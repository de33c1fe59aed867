/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is, by what the kernel knows of it. */
#ifndef TOOLS_SHARED_LOOK_H
#define TOOLS_SHARED_LOOK_H

#include <fcntl.h>
#include <sys/stat.h>

/*
 * Like stat(2), or with an empty path like fstat(2). Those ask a file server, and one that hangs would
 * hang us, SIGTERM or not.
 * @fd: a descriptor, or AT_FDCWD
 */
static inline int look_at(int fd, const char *path, struct statx *status)
{
	int flags = AT_STATX_DONT_SYNC | (fd == AT_FDCWD ? 0 : AT_EMPTY_PATH);

	return statx(fd, path, flags, STATX_BASIC_STATS, status);
}

#endif
