// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/private-pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"

int private_pipe_make_default(struct private_pipe *pipe)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	*pipe = (struct private_pipe){ends[0], ends[1], 0};
	pipe->slots = (uint32_t)(fcntl(pipe->write, F_GETPIPE_SZ) / sysconf(_SC_PAGESIZE));
	return 0;
}

int private_pipe_resize(struct private_pipe *pipe, uint32_t capacity)
{
	long page_size = sysconf(_SC_PAGESIZE);
	int got;

	if (pipe->slots == capacity / page_size)
		return 0;
	got = fcntl(pipe->write, F_SETPIPE_SZ, capacity);
	if (got < 0)
		return -1;
	pipe->slots = (uint32_t)(got / page_size);
	return 0;
}

int private_pipe_make(struct private_pipe *pipe, uint32_t capacity)
{
	if (private_pipe_make_default(pipe) < 0)
		return -1;
	if (private_pipe_resize(pipe, capacity) == 0)
		return 0;
	private_pipe_close(pipe);
	return -1;
}

void private_pipe_close(struct private_pipe *pipe)
{
	cleanup_close(&pipe->read);
	cleanup_close(&pipe->write);
	*pipe = NO_PIPE;
}

ssize_t tee_now(const struct private_pipe *to, int from, size_t length)
{
	ssize_t copied = RETRIED(tee(from, to->write, length, SPLICE_F_NONBLOCK));

	return copied < 0 && errno == EAGAIN ? 0 : copied;
}

int64_t private_pipe_count_buffers(const struct private_pipe *pipe)
{
	enum { BATCH = 256 };
	static char byte;
	struct iovec bytes[BATCH];
	int64_t buffers = pipe->slots;

	for (size_t i = 0; i < BATCH; i++)
		bytes[i] = (struct iovec){&byte, 1};
	/* Each entry becomes a buffer, and refers to the same page. */
	while (buffers > 0) {
		size_t batch = buffers < BATCH ? (size_t)buffers : BATCH;
		ssize_t added = RETRIED(vmsplice(pipe->write, bytes, batch, SPLICE_F_NONBLOCK));

		if (added < 0)
			return errno == EAGAIN ? buffers : -1;
		buffers -= added;
		if ((size_t)added < batch)
			break;
	}
	return buffers;
}

/* ---- limits ---- */

uint64_t read_limit(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t value = 0;

	if (file && fscanf(file, "%" SCNu64, &value) != 1)
		value = 0;
	if (file)
		fclose(file);
	return value;
}

/*
 * The kernel refuses pages beyond either limit with the same EPERM, and the lower limit is reached first.
 */
void name_pipe_limit(uint64_t capacity, char *text, size_t size)
{
	uint64_t max = read_limit("/proc/sys/fs/pipe-max-size");
	uint64_t soft = read_limit("/proc/sys/fs/pipe-user-pages-soft");
	uint64_t hard = read_limit("/proc/sys/fs/pipe-user-pages-hard");
	bool hard_first = hard && (!soft || hard <= soft);

	if (capacity > max)
		snprintf(text, size, "fs.pipe-max-size (%" PRIu64 " bytes)", max);
	else
		snprintf(text, size, "fs.pipe-user-pages-%s (%" PRIu64 " pages)",
			 hard_first ? "hard" : "soft", hard_first ? hard : soft);
}

/* Without a hard limit of pages, only the limit of open files remains. */
static int error_too_many_files(struct pimg_error *error, const char *what)
{
	uint64_t hard = read_limit("/proc/sys/fs/pipe-user-pages-hard");

	if (!hard)
		return error_refused(error, ENFILE,
				     "%s: too many open files on this machine; raise fs.file-max "
				     "with sysctl",
				     what);
	return error_refused(error, ENFILE,
			     "%s: too many open files, or more pipe memory than "
			     "fs.pipe-user-pages-hard (%" PRIu64 " pages) allows this user",
			     what, hard);
}

int error_pipe_limit(struct pimg_error *error, int errno_value, const char *what, uint32_t capacity)
{
	char limit[PIPE_LIMIT_TEXT];

	if (errno_value == EMFILE)
		return error_refused(error, errno_value,
				     "%s: too many open descriptors; raise it with ulimit -n",
				     what);
	if (errno_value == ENFILE)
		return error_too_many_files(error, what);
	if (errno_value != EPERM)
		return error_system(error, errno_value, "%s", what);
	name_pipe_limit(capacity, limit, sizeof(limit));
	if (capacity > read_limit("/proc/sys/fs/pipe-max-size"))
		return error_refused(error, errno_value,
				     "%s: a capacity of %" PRIu32
				     " bytes is above %s; raise that with "
				     "sysctl, or use CAP_SYS_RESOURCE",
				     what, capacity, limit);
	return error_refused(error, errno_value,
			     "%s: this user's pipes have reached %s; raise that with sysctl, close "
			     "pipes, or use CAP_SYS_RESOURCE",
			     what, limit);
}
