// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Only a read end can read a queue. If a FIFO has none, a new one would end every open(2) that waits for a reader, and
 * when it is closed, these writers would get SIGPIPE.
 */
#include "criu/capture.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/message.h"

/* A process outside the tree can be the reader. */
static bool has_reader(int write_end)
{
	struct pollfd end = {.fd = write_end};

	return poll(&end, 1, 0) >= 0 && !(end.revents & POLLERR);
}

static bool tree_reads(const struct pimg_live_pipe *pipe)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pimg_end_reads(pimg_end_at(pipe->ends, i)))
			return true;
	}
	return false;
}

/* The queue of a FIFO without a reader, which must be empty. */
static int capture_empty(const struct hook *hook, const struct pimg_live_pipe *pipe, int write_end,
			 struct pimg_queue **queue)
{
	int capacity = fcntl(write_end, F_GETPIPE_SZ), unread = 0;

	if (capacity < 0 || ioctl(write_end, FIONREAD, &unread) < 0)
		return hook_refuse(hook, PIMG_SYSTEM, "FIFO %" PRIu32 ": cannot inspect: %m",
				   pipe->id);
	if (unread)
		return hook_refuse(hook, PIMG_SYSTEM,
				   "FIFO %" PRIu32
				   "%s%s: %d byte%s %s unread, but no process has it open for "
				   "reading; read them before the dump, or open it for reading",
				   pipe->id, pipe->path ? " " : "", pipe->path ? pipe->path : "",
				   unread, PLURAL_S(unread), unread == 1 ? "is" : "are");
	*queue = pimg_queue_new(PIMG_FIFO, pipe->id, (uint32_t)capacity);
	return *queue ? 0 : hook_refuse(hook, PIMG_SYSTEM, "out of memory");
}

static int capture_any(const struct hook *hook, const struct pimg_live *live, size_t index,
		       struct pimg_queue **queue)
{
	struct pimg_error error;

	*queue = pimg_live_capture(live, index, 0, &error);
	return *queue ? 0 : hook_complain(hook, &error);
}

/* Of a FIFO, the tree has only write ends. */
static int capture_written(const struct hook *hook, const struct pimg_live *live, size_t index,
			   bool needed, struct pimg_queue **queue)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);
	const struct pimg_end *end = pimg_end_at(pipe->ends, 0);
	struct pimg_error error;
	int status, fd = pimg_live_get_fd((pid_t)end->pid, (int)end->fd, &error);

	if (fd < 0)
		return hook_complain(hook, &error);
	if (has_reader(fd))
		status = capture_any(hook, live, index, queue);
	else
		status = needed ? capture_empty(hook, pipe, fd, queue) : 0;
	close(fd);
	return status;
}

int capture_pipe(const struct hook *hook, const struct pimg_live *live, size_t index, bool needed,
		 struct pimg_queue **queue)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);

	*queue = NULL;
	if (pipe->type == PIMG_FIFO && pipe->end_count && !tree_reads(pipe))
		return capture_written(hook, live, index, needed, queue);
	return capture_any(hook, live, index, queue);
}
