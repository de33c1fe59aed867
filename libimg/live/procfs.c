// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds pipes, FIFOs and the processes that have them open, through /proc. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "live/freezer.h"
#include "live/live.h"
#include "live/no-proc.h"
#include "live/proc-file.h"
#include "live/procfs.h"
#include "live/waiters.h"
#include "pipeimg-private.h"

/*
 * Reads /proc/PID/stat, whose second field is the command name in parentheses; the name may itself contain
 * parentheses. Returns false for kernel threads, which have no descriptors, and for processes that have
 * ended.
 */
static bool read_stat(int dirfd, struct process *process)
{
	enum { PF_KTHREAD = 0x00200000 };
	char text[512], *open, *close;
	unsigned flags;
	int parent;

	if (procfs_read(dirfd, "stat", text, sizeof(text)) < 0)
		return false;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close ||
	    sscanf(close + 1, " %c %d %*d %*d %*d %*d %u", &process->state, &parent, &flags) != 3)
		return false;
	*close = '\0';
	process->parent = parent;
	snprintf(process->comm, sizeof(process->comm), "%s", open + 1);
	return !(flags & PF_KTHREAD);
}

/* The open(2) flags of a descriptor, from /proc/PID/fdinfo/N. */
static int read_flags(int process_fd, const char *name, uint32_t *flags)
{
	char path[64], text[512], *line;

	snprintf(path, sizeof(path), "fdinfo/%.32s", name);
	if (procfs_read(process_fd, path, text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, "flags:");
	if (!line)
		return -1;
	*flags = (uint32_t)strtoul(line + strlen("flags:"), NULL, 8);
	return 0;
}

/*
 * Identifies the file of a descriptor without asking a file server, because a hanging server must not make
 * pipeimg hang. Returns false for a file that is neither a pipe nor a FIFO.
 */
static bool ask_identity(int fds, const char *name, struct found *found)
{
	struct statx status;

	if (statx(fds, name, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &status) < 0 ||
	    !S_ISFIFO(status.stx_mode))
		return false;
	found->device = makedev(status.stx_dev_major, status.stx_dev_minor);
	found->inode = status.stx_ino;
	return true;
}

/* All pipes are on one device, which needs to be read only once: the rest is in their links. */
static bool identify_pipe(struct pimg_live *live, int fds, const char *name, const char *link,
			  struct found *found)
{
	char *end;

	found->type = PIMG_PIPE;
	found->device = live->pipe_device;
	found->inode = strtoull(link + strlen("pipe:["), &end, 10);
	if (live->pipe_device_known && !strcmp(end, "]"))
		return true;
	if (!ask_identity(fds, name, found))
		return false;
	live->pipe_device = found->device;
	live->pipe_device_known = true;
	return true;
}

static bool identify(struct pimg_live *live, int fds, const char *name, const char *link,
		     struct found *found)
{
	if (!strncmp(link, "pipe:[", strlen("pipe:[")))
		return identify_pipe(live, fds, name, link, found);
	found->type = PIMG_FIFO;
	return link[0] == '/' && ask_identity(fds, name, found);
}

/* Examines one descriptor. Returns -1 only if memory is short. */
static int look_at_descriptor(struct pimg_live *live, const struct process *process, int process_fd,
			      int fds, const char *name)
{
	struct found found = {
		.end = {.size = sizeof(found.end), .pid = (uint32_t)process->pid},
	};
	char link[PATH_MAX];
	uint64_t number;
	ssize_t length;

	if (!procfs_number(name, &number))
		return 0;
	length = readlinkat(fds, name, link, sizeof(link) - 1);
	if (length < 0)
		return 0;
	link[length] = '\0';
	/*
	 * O_PATH only names the inode: such a descriptor can neither read nor write, and reveals nothing.
	 */
	if (!identify(live, fds, name, link, &found) ||
	    read_flags(process_fd, name, &found.end.flags) < 0 || found.end.flags & O_PATH)
		return 0;
	found.end.fd = (uint32_t)number;
	memcpy(found.end.comm, process->comm, sizeof(found.end.comm));
	if (array_make_room(&live->found, &live->found_room, live->found_count + 1, sizeof(found),
			    NULL) < 0)
		return -1;
	if (found.type == PIMG_FIFO) {
		found.path = strdup(link);
		if (!found.path)
			return -1;
	}
	live->found[live->found_count++] = found;
	return 0;
}

static int look_at_descriptors(struct pimg_live *live, struct process *process, int process_fd)
{
	_cleanup_close_ int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	int result = 0;
	DIR *fds;

	if (fd < 0) {
		process->hidden = errno == EACCES || errno == EPERM;
		return 0;
	}
	fds = fdopendir(fd);
	if (!fds) /* the process has ended, or memory is short */
		return errno == ENOMEM ? -1 : 0;
	take_fd(&fd);
	while (result == 0 && (entry = readdir(fds)))
		result = look_at_descriptor(live, process, process_fd, dirfd(fds), entry->d_name);
	closedir(fds);
	return result;
}

static int look_at_process(struct pimg_live *live, const char *name, pid_t pid)
{
	_cleanup_close_ int fd =
		openat(dirfd(live->proc), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct process process = {.pid = pid};
	size_t found_before = live->found_count;

	if (fd < 0 || !read_stat(fd, &process))
		return 0;
	if (look_at_descriptors(live, &process, fd) < 0 ||
	    array_make_room(&live->processes, &live->process_room, live->process_count + 1,
			    sizeof(process), NULL) < 0)
		return -1;
	process.holds_pipe = live->found_count > found_before;
	live->processes[live->process_count++] = process;
	live->hidden_count += process.hidden;
	return process.holds_pipe && live->flags & PIMG_LIVE_WAITS ? waiters_find(&live->waits, pid)
								   : 0;
}

/* Returns 1 if there may be another one, 0 if there is none, or -1 if memory is short. */
static int look_at_next_process(struct pimg_live *live)
{
	struct dirent *entry = readdir(live->proc);
	uint64_t pid;

	if (!entry)
		return 0;
	if (!procfs_number(entry->d_name, &pid) ||
	    (!(live->flags & PIMG_LIVE_SELF) && (pid_t)pid == getpid()))
		return 1;
	return look_at_process(live, entry->d_name, (pid_t)pid) < 0 ? -1 : 1;
}

int live_add_process(struct pimg_live *live, pid_t pid)
{
	char name[16];

	snprintf(name, sizeof(name), "%ld", (long)pid);
	return look_at_process(live, name, pid);
}

/* ---- from descriptors to pipes ---- */

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

#define ORDER(x, y)                                                                                \
	do {                                                                                       \
		if ((x) != (y))                                                                    \
			return (x) < (y) ? -1 : 1;                                                 \
	} while (0)

static int by_pipe(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	ORDER(x->type, y->type);
	ORDER(x->inode, y->inode);
	ORDER(x->device, y->device);
	ORDER(x->end.pid, y->end.pid);
	ORDER(x->end.fd, y->end.fd);
	return 0;
}

static int group_by_pipe(struct pimg_live *live)
{
	if (!live->found_count)
		return 0;
	qsort(live->found, live->found_count, sizeof(*live->found), by_pipe);
	live->pipes = calloc(live->found_count, sizeof(*live->pipes));
	live->ends = calloc(live->found_count, sizeof(*live->ends));
	if (!live->pipes || !live->ends)
		return -1;
	for (size_t i = 0; i < live->found_count; i++) {
		const struct found *found = &live->found[i];
		struct pimg_live_pipe *pipe =
			live->pipe_count ? &live->pipes[live->pipe_count - 1] : NULL;

		if (!pipe || pipe->inode != found->inode || pipe->device != found->device) {
			pipe = &live->pipes[live->pipe_count++];
			*pipe = (struct pimg_live_pipe){
				.type = found->type,
				.device = found->device,
				.inode = found->inode,
				.id = (uint32_t)found->inode,
				.path = found->path,
				.ends = (const struct pimg_ends *)&live->ends[i],
			};
		}
		live->ends[i] = found->end;
		pipe->end_count++;
	}
	return 0;
}

int live_finish(struct pimg_live *live)
{
	closedir(live->proc);
	live->proc = NULL;
	if (live->process_count)
		qsort(live->processes, live->process_count, sizeof(*live->processes), by_pid);
	return group_by_pipe(live);
}

struct pimg_live *pimg_live_begin(unsigned flags, struct pimg_error *error)
{
	struct pimg_live *live;

	if (flags & ~(PIMG_LIVE_SELF | PIMG_LIVE_WAITS)) {
		error_usage(error, "unknown flags");
		return NULL;
	}
	live = calloc(1, sizeof(*live));
	if (!live) {
		error_memory(error);
		return NULL;
	}
	live->flags = flags;
	/*
	 * Without a mounted proc, /proc is an empty directory: the result would look as if there were no
	 * pipes.
	 */
	live->proc = proc_is_mounted() ? opendir("/proc") : NULL;
	live->work = malloc(sizeof(*live->work));
	if (!live->work) {
		pimg_live_free(live);
		error_memory(error);
		return NULL;
	}
	*live->work = (struct live_work){NO_HANDLE, NULL};
	if (!live->proc) {
		if (proc_is_mounted())
			error_system(error, errno, "cannot read /proc");
		else
			error_no_proc(error, "cannot search processes for pipes");
		pimg_live_free(live);
		return NULL;
	}
	return live;
}

int pimg_live_step(struct pimg_live *live, size_t processes, struct pimg_error *error)
{
	int result = 1;

	if (!live->proc)
		return 0;
	/* Kernel threads count, because there can be hundreds in a row, and each takes time. */
	for (size_t i = 0; result > 0 && (i < processes || !i); i++)
		result = look_at_next_process(live);
	if (!result)
		result = live_finish(live);
	return result < 0 ? error_memory(error) : result;
}

struct pimg_live *pimg_live_scan(unsigned flags, struct pimg_error *error)
{
	struct pimg_live *live = pimg_live_begin(flags, error);
	int result = live ? 1 : 0;

	while (result > 0)
		result = pimg_live_step(live, SIZE_MAX, error);
	if (!result)
		return live;
	pimg_live_free(live);
	return NULL;
}

void pimg_live_free(struct pimg_live *live)
{
	if (!live)
		return;
	if (live->proc)
		closedir(live->proc);
	for (size_t i = 0; i < live->found_count; i++)
		free(live->found[i].path);
	free(live->found);
	free(live->processes);
	free(live->pipes);
	free(live->ends);
	free(live->end_keys);
	wait_list_release(&live->waits);
	free(live->answer);
	freezer_close(live->freezer);
	if (live->work) {
		handle_close(&live->work->handle);
		snapshot_free(live->work->snapshot);
	}
	free(live->work);
	free(live);
}

/* ---- queries ---- */

size_t pimg_live_process_count(const struct pimg_live *live)
{
	return live->process_count;
}

size_t pimg_live_hidden_count(const struct pimg_live *live)
{
	return live->hidden_count;
}

pid_t pimg_live_process(const struct pimg_live *live, size_t process)
{
	return live->processes[process].pid;
}

struct process *process_find(const struct pimg_live *live, pid_t pid)
{
	struct process wanted = {.pid = pid};

	if (!live->process_count)
		return NULL;
	return bsearch(&wanted, live->processes, live->process_count, sizeof(wanted), by_pid);
}

bool pimg_live_has_process(const struct pimg_live *live, pid_t pid)
{
	return process_find(live, pid);
}

bool pimg_live_is_hidden(const struct pimg_live *live, pid_t pid)
{
	const struct process *process = process_find(live, pid);

	return process && process->hidden;
}

bool pimg_live_descends(const struct pimg_live *live, pid_t pid, pid_t ancestor)
{
	/* Parents were read one after another: a pid that was reused in between could make a cycle. */
	for (size_t steps = 0; steps <= live->process_count; steps++) {
		const struct process *process;

		if (pid == ancestor)
			return true;
		process = process_find(live, pid);
		if (!process)
			return false;
		pid = process->parent;
	}
	return false;
}

size_t pimg_live_pipe_count(const struct pimg_live *live)
{
	return live->pipe_count;
}

const struct pimg_live_pipe *pimg_live_pipe(const struct pimg_live *live, size_t pipe)
{
	return &live->pipes[pipe];
}

/* A process that has ended keeps its outer pid. */
static pid_t inner_pid(const struct pimg_live *live, pid_t pid)
{
	struct process *process = process_find(live, pid);
	struct pimg_process status;

	if (!process)
		return pid;
	if (!process->inner_pid)
		process->inner_pid =
			pimg_process_look(pid, &status, NULL) < 0 ? pid : status.inner_pid;
	return process->inner_pid;
}

struct pimg_end live_end(const struct pimg_live *live, size_t pipe, size_t index)
{
	struct pimg_end end = *pimg_end_at(live->pipes[pipe].ends, index);
	pid_t inner = inner_pid(live, (pid_t)end.pid);

	end.inner_pid = inner == (pid_t)end.pid ? 0 : (uint32_t)inner;
	return end;
}

const struct pimg_end *pimg_live_end(struct pimg_live *live, size_t pipe, size_t index)
{
	live->asked_end = live_end(live, pipe, index);
	return &live->asked_end;
}
