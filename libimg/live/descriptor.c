// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "live/live.h"
#include "live/no-proc.h"

/*
 * A copy made by pidfd_getfd(2) shares the open file description: it adds no reader or writer, and nobody
 * can notice it. It needs the right to trace the process (ptrace(2), "access mode checking").
 */
int descriptor_share(pid_t pid, int fd)
{
	struct handle handle = NO_HANDLE;
	int copy = descriptor_share_by(&handle, pid, fd);

	handle_close(&handle);
	return copy;
}

int descriptor_share_by(struct handle *handle, pid_t pid, int fd)
{
	if (handle->fd < 0 || handle->pid != pid) {
		handle_close(handle);
		*handle = (struct handle){pid, (int)syscall(SYS_pidfd_open, pid, 0)};
	}
	if (handle->fd < 0)
		return -1;
	return (int)syscall(SYS_pidfd_getfd, handle->fd, fd, 0); /* close-on-exec by definition */
}

void handle_close(struct handle *handle)
{
	cleanup_close(&handle->fd);
	*handle = NO_HANDLE;
}

int descriptor_reopen(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return RETRIED(open(path, flags | O_CLOEXEC | O_NOCTTY));
}

int descriptor_status(int fd, struct stat *status)
{
	struct statx found;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &found) < 0)
		return -1;
	*status = (struct stat){
		.st_dev = makedev(found.stx_dev_major, found.stx_dev_minor),
		.st_ino = found.stx_ino,
		.st_mode = found.stx_mode,
		.st_uid = found.stx_uid,
		.st_gid = found.stx_gid,
	};
	return 0;
}

/* Pids and descriptors are reused, so the pipe must be identified. */
static int check_identity(int fd, struct pipe_identity identity)
{
	struct stat status;

	if (descriptor_status(fd, &status) < 0)
		return -1;
	if (S_ISFIFO(status.st_mode) && status.st_dev == identity.device &&
	    status.st_ino == identity.inode)
		return 0;
	errno = ESTALE;
	return -1;
}

/*
 * Opening needs only the inode's permissions, but creates a new open file description. The descriptor may
 * refer to another file by now, which may react to being opened: so it is identified first, through a
 * descriptor that can do nothing (O_PATH).
 * @identity: the required one, or null for any pipe or FIFO
 */
static int open_descriptor(pid_t pid, int fd, const struct pipe_identity *identity, int flags)
{
	_cleanup_close_ int path_fd = -1;
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
	path_fd = RETRIED(open(path, O_PATH | O_CLOEXEC));
	if (path_fd < 0 || descriptor_status(path_fd, &status) < 0)
		return -1;
	if (identity && check_identity(path_fd, *identity) < 0)
		return -1;
	if (!S_ISFIFO(status.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return descriptor_reopen(path_fd, flags | O_NONBLOCK);
}

static bool is_path_only(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & O_PATH;
}

static bool allows(int flags, enum access access)
{
	int mode = flags & O_ACCMODE;

	switch (access) {
	case ACCESS_READ:
		return mode != O_WRONLY;
	case ACCESS_WRITE:
		return mode != O_RDONLY;
	case ACCESS_ANY:
		break;
	}
	return true;
}

int descriptor_get(struct handle *handle, const struct pimg_end *end, struct pipe_identity identity,
		   enum access access, bool may_open)
{
	int flags = access == ACCESS_WRITE ? O_WRONLY : O_RDONLY;
	_cleanup_close_ int fd = descriptor_share_by(handle, (pid_t)end->pid, (int)end->fd);
	int has = fd < 0 ? 0 : fcntl(fd, F_GETFL);

	if (fd >= 0 && (has < 0 || check_identity(fd, identity) < 0))
		return -1;
	if (fd >= 0 && has & O_PATH) {
		errno = ESTALE; /* it was an end when it was found */
		return -1;
	}
	if (fd >= 0 && allows(has, access))
		return take_fd(&fd);
	if (fd >= 0 && !may_open) {
		errno = EACCES;
		return -1;
	}
	if (fd < 0 && !may_open)
		return -1;
	if (fd >= 0) {
		_cleanup_close_ int reopened = descriptor_reopen(fd, flags | O_NONBLOCK);

		return reopened < 0 ? -1 : take_fd(&reopened);
	}
	return open_descriptor((pid_t)end->pid, (int)end->fd, &identity, flags);
}

int pimg_live_get_fd(pid_t pid, int fd, struct pimg_error *error)
{
	int copy = descriptor_share(pid, fd);

	if (copy < 0 && (errno == EPERM || errno == ENOSYS)) {
		copy = open_descriptor(pid, fd, NULL, O_WRONLY);
		if (copy < 0)
			copy = open_descriptor(pid, fd, NULL, O_RDONLY);
	}
	if (copy >= 0 && is_path_only(copy)) {
		close(copy);
		return error_refused(error, EBADF,
				     "descriptor %d of process %ld was opened with O_PATH, and can "
				     "neither read nor write",
				     fd, (long)pid);
	}
	if (copy >= 0)
		return copy;
	if (errno == ENOENT && !proc_is_mounted())
		return error_no_proc(error, "cannot access a descriptor of another process");
	if (errno == ESRCH)
		return error_refused(error, ESRCH, "no process %ld", (long)pid);
	if (errno == EBADF || errno == ENOENT)
		return error_refused(error, EBADF, "process %ld has no descriptor %d", (long)pid,
				     fd);
	if (errno == EINVAL)
		return error_refused(error, EINVAL,
				     "descriptor %d of process %ld is neither a pipe nor a FIFO",
				     fd, (long)pid);
	return error_system(error, errno, "cannot access descriptor %d of process %ld", fd,
			    (long)pid);
}
