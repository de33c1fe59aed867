// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <time.h>

#include "io/cleanup.h"
#include "io/error.h"
#include "live/live.h"
#include "live/private-pipe.h"

void origin_from_status(struct pimg_queue *queue, const struct stat *status)
{
	struct timespec now;
	struct pimg_origin origin = {
		.known = PIMG_ORIGIN_TIME | PIMG_ORIGIN_PAGE | PIMG_ORIGIN_OWNER | PIMG_ORIGIN_MODE,
		.page_size = (uint32_t)sysconf(_SC_PAGESIZE),
		.uid = status->st_uid,
		.gid = status->st_gid,
		.mode = status->st_mode & 07777,
	};

	clock_gettime(CLOCK_REALTIME, &now);
	origin.captured_at_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	pimg_queue_set_origin(queue, &origin);
}

/* A FIFO lives in a directory's file system, an anonymous pipe in pipefs. */
static bool is_fifo(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) == 0 && status.f_type != PIPEFS_MAGIC;
}

/* Captures what is behind a read end. */
static struct pimg_queue *capture_read_end(int fd, const struct stat *status,
					   struct pimg_error *error)
{
	struct pimg_queue *queue =
		pimg_queue_new(is_fifo(fd) ? PIMG_FIFO : PIMG_PIPE, (uint32_t)status->st_ino, 0);

	if (!queue) {
		error_memory(error);
		return NULL;
	}
	if (snapshot_take(fd, queue, error) < 0) {
		error_of_pipe(error, pimg_queue_id(queue));
		pimg_queue_free(queue);
		return NULL;
	}
	origin_from_status(queue, status);
	return queue;
}

struct pimg_queue *pimg_capture_fd(int fd, struct pimg_error *error)
{
	_cleanup_close_ int reopened = -1;
	struct stat status;
	int mode = fcntl(fd, F_GETFL);

	if (mode < 0 || fstat(fd, &status) < 0) {
		error_system(error, errno, "descriptor %d", fd);
		return NULL;
	}
	if (!S_ISFIFO(status.st_mode)) {
		error_refused(error, EINVAL, "descriptor %d is neither a pipe nor a FIFO", fd);
		return NULL;
	}
	if ((mode & O_ACCMODE) == O_WRONLY) {
		reopened = descriptor_reopen(fd, O_RDONLY | O_NONBLOCK);
		if (reopened < 0) {
			error_system(error, errno, "cannot open descriptor %d for reading", fd);
			return NULL;
		}
		fd = reopened;
	}
	return capture_read_end(fd, &status, error);
}

/* ---- pipes of other processes ---- */

/* In which order ends are tried: what nobody can notice comes first. */
static const struct {
	bool reads;    /* ends to try */
	bool may_open; /* rather than copy */
} attempts[] = {
	{true, false},
	{true, true},
	{false, true},
};

static bool is_more_telling(int errno_value, int than)
{
	return !than || than == ESTALE || than == ESRCH || than == ENOENT || than == EBADF
		       ? errno_value != 0
		       : false;
}

static int no_end(const struct pimg_live_pipe *pipe, int errno_value, struct pimg_error *error)
{
	switch (errno_value) {
	case EPERM:
	case EACCES:
		/* Never EPERM, which stands for a limit of pipes: see error_pipe_limit(). */
		error_refused(
			error, EACCES,
			"permission denied: needs the right to trace one of its processes, or "
			"to read the pipe; run as root, or as the pipe's owner");
		break;
	case 0:
	case ESRCH:
	case ESTALE:
	case ENOENT:
	case EBADF:
		error_refused(error, ESRCH, "is gone: its processes ended or closed it");
		break;
	default:
		error_pipe_limit(error, errno_value, "cannot get one of its descriptors", 0);
	}
	return error_of_pipe(error, pipe->id);
}

/* Gets a descriptor that can read the pipe. */
static int get_read_end(const struct pimg_live_pipe *pipe, unsigned flags, struct pimg_error *error)
{
	struct pipe_identity identity = {pipe->device, pipe->inode};
	size_t count = sizeof(attempts) / sizeof(*attempts);
	int failed = 0;

	if (flags & PIMG_CAPTURE_NO_READER)
		count--;
	for (size_t attempt = 0; attempt < count; attempt++) {
		for (size_t i = 0; i < pipe->end_count; i++) {
			int fd;

			if (pimg_end_reads(&pipe->ends[i]) != attempts[attempt].reads)
				continue;
			fd = descriptor_get(&pipe->ends[i], identity, ACCESS_READ,
					    attempts[attempt].may_open);
			if (fd >= 0)
				return fd;
			if (is_more_telling(errno, failed))
				failed = errno;
		}
	}
	if (!failed && (flags & PIMG_CAPTURE_NO_READER)) {
		error_refused(error, EACCES,
			      "only its write ends are in reach, and a reader was not to be added");
		return error_of_pipe(error, pipe->id);
	}
	return no_end(pipe, failed, error);
}

struct pimg_queue *pimg_live_capture(const struct pimg_live *live, size_t index, unsigned flags,
				     struct pimg_error *error)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);
	_cleanup_close_ int fd = get_read_end(pipe, flags, error);
	struct pimg_queue *queue;
	struct stat status;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) < 0) {
		error_system(error, errno, "cannot ask about a pipe");
		return NULL;
	}
	queue = capture_read_end(fd, &status, error);
	for (size_t i = 0; queue && i < pipe->end_count; i++) {
		if (pimg_queue_add_end(queue, &pipe->ends[i], error) < 0) {
			pimg_queue_free(queue);
			return NULL;
		}
	}
	return queue;
}

/* ---- how full ---- */

/* Whether a write end says that a write of a new buffer would wait. */
static bool is_full(const struct pimg_live_pipe *pipe, const struct pimg_fill *fill)
{
	struct pipe_identity identity = {pipe->device, pipe->inode};

	for (size_t i = 0; i < pipe->end_count; i++) {
		_cleanup_close_ int fd = -1;
		struct pollfd poll_for = {.events = POLLOUT};

		if (!pimg_end_writes(&pipe->ends[i]))
			continue;
		fd = descriptor_get(&pipe->ends[i], identity, ACCESS_WRITE, false);
		poll_for.fd = fd;
		/* Without readers poll(2) says that a write would not wait, for it would fail. */
		if (fd >= 0 && poll(&poll_for, 1, 0) >= 0 && !(poll_for.revents & POLLERR))
			return !(poll_for.revents & POLLOUT);
	}
	return fill->bytes >= fill->capacity;
}

int pimg_live_fill(const struct pimg_live *live, size_t index, struct pimg_fill *fill,
		   struct pimg_error *error)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);
	struct pipe_identity identity = {pipe->device, pipe->inode};
	int failed = 0;

	/* First copies of any end, then openings of read ends. */
	for (int may_open = 0; may_open <= 1; may_open++) {
		for (size_t i = 0; i < pipe->end_count; i++) {
			_cleanup_close_ int fd = -1;
			int bytes, capacity;

			if (may_open && !pimg_end_reads(&pipe->ends[i]))
				continue;
			fd = descriptor_get(&pipe->ends[i], identity,
					    may_open ? ACCESS_READ : ACCESS_ANY, may_open);
			if (fd < 0) {
				if (is_more_telling(errno, failed))
					failed = errno;
				continue;
			}
			capacity = fcntl(fd, F_GETPIPE_SZ);
			if (capacity < 0 || ioctl(fd, FIONREAD, &bytes) < 0)
				return error_system(error, errno, "cannot ask how full a pipe is");
			fill->bytes = (uint32_t)bytes;
			fill->capacity = (uint32_t)capacity;
			fill->full = bytes && is_full(pipe, fill);
			return 0;
		}
	}
	return no_end(pipe, failed, error);
}
