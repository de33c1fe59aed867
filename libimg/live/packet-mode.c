// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Packet mode of other processes' ends.
 *
 * O_DIRECT is a flag of the open file description, which pidfd_getfd(2) shares: F_SETFL on the copy changes
 * it for its owner and for every other process that has the description open. An end that is opened again
 * through /proc is another description, and useless here.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "live/live.h"
#include "pipeimg-private.h"

static int set_flag(int fd, bool packets)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, packets ? flags | O_DIRECT : flags & ~O_DIRECT);
}

int pimg_live_set_packet_mode(pid_t pid, int fd, bool packets, struct pimg_error *error)
{
	_cleanup_close_ int copy = descriptor_share(pid, fd);

	if (copy < 0 || set_flag(copy, packets) < 0)
		return error_system(error, errno,
				    "cannot %s packet mode of descriptor %d of process %ld",
				    packets ? "set" : "clear", fd, (long)pid);
	return 0;
}
