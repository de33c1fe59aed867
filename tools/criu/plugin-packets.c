// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/plugin-packets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "criu/names.h"

/*
 * Reads a copy of the unread data with one ordinary byte after it. A read of stream bytes continues to that byte, but
 * ends after a packet. True if that is unknown, because the hook looks again.
 * @copy: a pipe
 */
static bool copy_has_packets(int fd, const int copy[2])
{
	ssize_t copied, got;
	char *bytes;

	/* Room for one more buffer. */
	if (fcntl(copy[1], F_SETPIPE_SZ, fcntl(fd, F_GETPIPE_SZ) + 1) < 0)
		return true;
	copied = tee(fd, copy[1], INT_MAX, SPLICE_F_NONBLOCK);
	if (copied <= 0)
		return copied < 0 && errno != EAGAIN;
	bytes = malloc((size_t)copied + 1);
	if (!bytes || write(copy[1], "", 1) != 1) {
		free(bytes);
		return true;
	}
	got = read(copy[0], bytes, (size_t)copied + 1);
	free(bytes);
	return got != copied + 1;
}

/* CRIU does not dump what only a write end holds. A FIFO is not opened: that would end another process's open(2). */
static int reopen_for_reading(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static bool has_unread_packets(int fd)
{
	int copy[2];
	bool found;

	if (fd < 0 || pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
		return true;
	found = copy_has_packets(fd, copy);
	close(copy[0]);
	close(copy[1]);
	return found;
}

bool is_packet_pipe(unsigned type, int fd, unsigned flags)
{
	int unread = 0;
	bool found;

	if (flags & O_DIRECT)
		return true;
	if (ioctl(fd, FIONREAD, &unread) < 0 || !unread)
		return false;
	if ((flags & O_ACCMODE) != O_WRONLY)
		return has_unread_packets(fd);
	if (type != FDINFO_PIPE)
		return false;
	fd = reopen_for_reading(fd);
	found = has_unread_packets(fd);
	if (fd >= 0)
		close(fd);
	return found;
}
