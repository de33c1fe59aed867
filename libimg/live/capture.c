// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/sized.h"
#include "live/live.h"
#include "live/no-proc.h"
#include "live/private-pipe.h"
#include "live/procfs.h"

void origin_from_status(struct pimg_queue *queue, const struct stat *status)
{
	struct timespec now;
	struct pimg_origin origin = {
		.size = sizeof(origin),
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

/*
 * All pipes are on one device, which is that of a new pipe, and does not change while the kernel runs.
 * statfs(2) would ask the file server of a FIFO.
 * Returns 0 or -1.
 */
static int find_type(const struct stat *status, enum pimg_type *type, struct pimg_error *error)
{
	static _Atomic dev_t device;

	if (!device) {
		_cleanup_pipe_ struct private_pipe pipe = NO_PIPE;
		struct stat of_pipe;

		if (private_pipe_make_default(&pipe) < 0 || fstat(pipe.read, &of_pipe) < 0)
			return error_pipe_limit(error, errno, "cannot create a pipe", 0);
		device = of_pipe.st_dev;
	}
	*type = status->st_dev == device ? PIMG_PIPE : PIMG_FIFO;
	return 0;
}

/*
 * Captures the pipe of a read end.
 * @snapshot: or null
 */
static struct pimg_queue *capture_read_end(struct snapshot *snapshot, int fd, enum pimg_type type,
					   const struct stat *status, struct pimg_error *error)
{
	struct pimg_queue *queue = pimg_queue_new(type, (uint32_t)status->st_ino, 0);

	if (!queue) {
		error_memory(error);
		return NULL;
	}
	if ((snapshot ? snapshot_take(snapshot, fd, queue, error)
		      : snapshot_take_once(fd, queue, error)) < 0) {
		error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
		pimg_queue_free(queue);
		return NULL;
	}
	origin_from_status(queue, status);
	return queue;
}

struct pimg_queue *pimg_capture_fd(int fd, struct pimg_error *error)
{
	_cleanup_close_ int reopened = -1;
	enum pimg_type type = PIMG_PIPE;
	struct stat status;
	int mode = fcntl(fd, F_GETFL);

	if (mode < 0 || descriptor_status(fd, &status) < 0) {
		error_system(error, errno, "descriptor %d", fd);
		return NULL;
	}
	if (!S_ISFIFO(status.st_mode)) {
		error_refused(error, EINVAL, "descriptor %d is neither a pipe nor a FIFO", fd);
		return NULL;
	}
	if (mode & O_PATH) {
		error_refused(error, EBADF,
			      "descriptor %d was opened with O_PATH, and cannot read; open the "
			      "FIFO for reading, or use its path",
			      fd);
		return NULL;
	}
	if ((mode & O_ACCMODE) == O_WRONLY) {
		reopened = descriptor_reopen(fd, O_RDONLY | O_NONBLOCK);
		if (reopened < 0) {
			error_proc(error, errno, "cannot open the pipe for reading");
			return NULL;
		}
		fd = reopened;
	}
	if (find_type(&status, &type, error) < 0)
		return NULL;
	return capture_read_end(NULL, fd, type, &status, error);
}

/* ---- pipes of other processes ---- */

/* The order in which ends are tried: attempts that nobody can notice come first. */
static const struct {
	bool reads;    /* ends to try */
	bool may_open; /* rather than copy the descriptor */
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
		/* Not EPERM, which is reported as a limit of pipes: see error_pipe_limit(). */
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
		error_refused(error, ESRCH, "no longer exists: its processes ended or closed it");
		break;
	default:
		error_pipe_limit(error, errno_value, "cannot get one of its descriptors", 0);
	}
	return error_of_queue(error, pipe->type, pipe->id);
}

/*
 * Captures a pipe through one of its ends. Returns 1 and sets queue; 0 with errno set if this end cannot be
 * used, but another may work (it was closed, or a module such as SELinux denies access); or -1 with the
 * error.
 */
static int capture_by_end(struct live_work *work, const struct pimg_live_pipe *pipe,
			  const struct pimg_end *end, bool may_open, struct pimg_queue **queue,
			  struct pimg_error *error)
{
	struct pipe_identity identity = {pipe->device, pipe->inode};
	_cleanup_close_ int fd =
		descriptor_get(&work->handle, end, identity, ACCESS_READ, may_open);
	struct pimg_error failed;
	struct stat status;

	if (fd < 0 || descriptor_status(fd, &status) < 0)
		return 0;
	*queue = capture_read_end(work->snapshot, fd, pipe->type, &status, &failed);
	if (*queue)
		return 1;
	if (failed.errno_value == EBADF || failed.errno_value == EACCES) {
		errno = failed.errno_value;
		return 0;
	}
	return error_copy(error, &failed);
}

/* Captures a pipe through the first of its ends that works. */
static struct pimg_queue *capture_pipe(struct live_work *work, const struct pimg_live_pipe *pipe,
				       unsigned flags, struct pimg_error *error)
{
	size_t count = sizeof(attempts) / sizeof(*attempts);
	struct pimg_queue *queue = NULL;
	int failed = 0;

	if (flags & PIMG_CAPTURE_NO_READER)
		count--;
	for (size_t attempt = 0; attempt < count; attempt++) {
		for (size_t i = 0; i < pipe->end_count; i++) {
			int result;

			if (pimg_end_reads(pimg_end_at(pipe->ends, i)) != attempts[attempt].reads)
				continue;
			result = capture_by_end(work, pipe, pimg_end_at(pipe->ends, i),
						attempts[attempt].may_open, &queue, error);
			if (result)
				return queue;
			if (is_more_telling(errno, failed))
				failed = errno;
		}
	}
	if (!failed && (flags & PIMG_CAPTURE_NO_READER)) {
		error_refused(
			error, EACCES,
			"only its write ends are accessible, and adding a reader was not allowed");
		error_of_queue(error, pipe->type, pipe->id);
	} else {
		no_end(pipe, failed, error);
	}
	return NULL;
}

struct pimg_queue *pimg_live_capture(const struct pimg_live *live, size_t index, unsigned flags,
				     struct pimg_error *error)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);
	struct pimg_queue *queue;

	if (flags & ~PIMG_CAPTURE_NO_READER) {
		error_usage(error, "unknown flags");
		return NULL;
	}
	if (!live->work->snapshot)
		live->work->snapshot = snapshot_new(error);
	if (!live->work->snapshot)
		return NULL;
	queue = capture_pipe(live->work, pipe, flags, error);
	for (size_t i = 0; queue && i < pipe->end_count; i++) {
		struct pimg_end end = live_end(live, index, i);

		if (pimg_queue_add_end(queue, &end, error) < 0) {
			pimg_queue_free(queue);
			return NULL;
		}
	}
	return queue;
}

/* ---- fill level ---- */

/* Whether poll(2) of a write end shows that a write of a new buffer would block. */
static bool is_full(struct live_work *work, const struct pimg_live_pipe *pipe,
		    const struct pimg_fill *fill)
{
	struct pipe_identity identity = {pipe->device, pipe->inode};

	/* A buffer has at least one byte, so most pipes with little in them need not be asked. */
	if (fill->bytes < fill->capacity / (uint32_t)sysconf(_SC_PAGESIZE))
		return false;

	for (size_t i = 0; i < pipe->end_count; i++) {
		_cleanup_close_ int fd = -1;
		struct pollfd poll_for = {.events = POLLOUT};

		if (!pimg_end_writes(pimg_end_at(pipe->ends, i)))
			continue;
		fd = descriptor_get(&work->handle, pimg_end_at(pipe->ends, i), identity,
				    ACCESS_WRITE, false);
		poll_for.fd = fd;
		/* Without readers, poll(2) reports that a write would not block, because it would fail. */
		if (fd >= 0 && poll(&poll_for, 1, 0) >= 0 && !(poll_for.revents & POLLERR))
			return !(poll_for.revents & POLLOUT);
	}
	return fill->bytes >= fill->capacity;
}

/* Uses one end. Returns -1 with errno set if it cannot be used, though another may work. */
static int fill_by_end(struct live_work *work, const struct pimg_live_pipe *pipe,
		       const struct pimg_end *end, bool may_open, struct pimg_fill *fill)
{
	struct pipe_identity identity = {pipe->device, pipe->inode};
	_cleanup_close_ int fd = descriptor_get(&work->handle, end, identity,
						may_open ? ACCESS_READ : ACCESS_ANY, may_open);
	int bytes, capacity = fd < 0 ? -1 : fcntl(fd, F_GETPIPE_SZ);

	if (capacity < 0 || ioctl(fd, FIONREAD, &bytes) < 0)
		return -1;
	fill->bytes = (uint32_t)bytes;
	fill->capacity = (uint32_t)capacity;
	fill->full = bytes && is_full(work, pipe, fill);
	return 0;
}

int pimg_live_fill(const struct pimg_live *live, size_t index, struct pimg_fill *given,
		   struct pimg_error *error)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);
	struct pimg_fill fill = {0};
	int failed = 0;

	/* First copies of any end, then read ends opened through /proc. */
	for (int may_open = 0; may_open <= 1; may_open++) {
		for (size_t i = 0; i < pipe->end_count; i++) {
			if (may_open && !pimg_end_reads(pimg_end_at(pipe->ends, i)))
				continue;
			if (fill_by_end(live->work, pipe, pimg_end_at(pipe->ends, i), may_open,
					&fill) == 0) {
				sized_give(given, &fill, sizeof(fill),
					   SIZE_TO(struct pimg_fill, reserved));
				return 0;
			}
			if (is_more_telling(errno, failed))
				failed = errno;
		}
	}
	return no_end(pipe, failed, error);
}
