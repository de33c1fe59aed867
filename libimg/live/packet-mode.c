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
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "live/live.h"
#include "live/procfs.h"
#include "pipeimg-private.h"

struct pimg_packet_pause {
	int *fds; /* copies of the ends that have the flag, or had it until it was cleared */
	size_t count, room;
};

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

static int by_pid(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int add_end(struct pimg_packet_pause *pause, struct handle *handle,
		   const struct pimg_live_pipe *pipe, const struct pimg_end *end,
		   struct pimg_error *error)
{
	struct pipe_identity identity = {pipe->device, pipe->inode};
	_cleanup_close_ int fd = descriptor_get(handle, end, identity, ACCESS_ANY, false);

	if (fd < 0 || fcntl(fd, F_GETFL) < 0) {
		error_system(error, errno,
			     "cannot clear packet mode of descriptor %" PRIu32
			     " of process %" PRIu32,
			     end->fd, end->pid);
		return error_of_queue(error, pipe->type, pipe->id);
	}
	if (!(fcntl(fd, F_GETFL) & O_DIRECT))
		return 0;
	if (array_make_room(&pause->fds, &pause->room, pause->count + 1, sizeof(*pause->fds),
			    error) < 0)
		return -1;
	pause->fds[pause->count++] = take_fd(&fd);
	return 0;
}

/* @pids: sorted */
static int add_ends(struct pimg_packet_pause *pause, const struct pimg_live *live,
		    const pid_t *pids, size_t count, struct pimg_error *error)
{
	for (size_t i = 0; i < pimg_live_pipe_count(live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(live, i);

		for (size_t j = 0; j < pipe->end_count; j++) {
			const struct pimg_end *end = pimg_end_at(pipe->ends, j);
			pid_t pid = (pid_t)end->pid;

			if ((end->flags & O_DIRECT) &&
			    bsearch(&pid, pids, count, sizeof(pid), by_pid) &&
			    add_end(pause, &live->work->handle, pipe, end, error) < 0)
				return -1;
		}
	}
	return 0;
}

struct pimg_packet_pause *pimg_packet_pause(const struct pimg_live *live, const pid_t *pids,
					    size_t count, struct pimg_error *error)
{
	struct pimg_packet_pause *pause = calloc(1, sizeof(*pause));
	_cleanup_free_ pid_t *sorted = calloc(count + 1, sizeof(*sorted));

	if (!pause || !sorted) {
		error_memory(error);
		free(pause);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		sorted[i] = pids[i];
	qsort(sorted, count, sizeof(*sorted), by_pid);
	if (add_ends(pause, live, sorted, count, error) == 0)
		return pause;
	pimg_packet_pause_end(pause, NULL);
	return NULL;
}

/* An end that processes share is listed once for each; the first one clears the flag for all. */
int pimg_packet_pause_begin(struct pimg_packet_pause *pause, struct pimg_error *error)
{
	size_t kept = 0;

	for (size_t i = 0; i < pause->count; i++) {
		int fd = pause->fds[i], flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && !(flags & O_DIRECT)) {
			close(fd);
			continue;
		}
		if (flags < 0 || set_flag(fd, false) < 0) {
			error_system(error, errno, "cannot clear packet mode");
			/* The remaining ones stay in the list. */
			memmove(pause->fds + kept, pause->fds + i,
				(pause->count - i) * sizeof(int));
			pause->count -= i - kept;
			return -1;
		}
		pause->fds[kept++] = fd;
	}
	pause->count = kept;
	return 0;
}

size_t pimg_packet_pause_count(const struct pimg_packet_pause *pause)
{
	return pause->count;
}

int pimg_packet_pause_end(struct pimg_packet_pause *pause, struct pimg_error *error)
{
	int result = 0;

	if (!pause)
		return 0;
	for (size_t i = 0; i < pause->count; i++) {
		if (set_flag(pause->fds[i], true) < 0)
			result = error_system(error, errno, "cannot set packet mode again");
		close(pause->fds[i]);
	}
	free(pause->fds);
	free(pause);
	return result;
}
