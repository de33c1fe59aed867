// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds threads that wait in a system call on a pipe, through /proc/PID/task/TID/syscall. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "live/procfs.h"

/* System calls that wait on a pipe, and which of their arguments is its descriptor. */
static const struct {
	long number;
	int argument; /* from 0 */
	bool writes;
} waiting_calls[] = {
	{SYS_read, 0, false},	 {SYS_readv, 0, false},	   {SYS_write, 0, true},
	{SYS_writev, 0, true},	 {SYS_splice, 0, false},   {SYS_splice, 2, true},
	{SYS_tee, 0, false},	 {SYS_tee, 1, true},	   {SYS_vmsplice, 0, true},
	{SYS_sendfile, 0, true}, {SYS_sendfile, 1, false},
};

static int add_wait(struct pimg_live *live, const struct pimg_wait *wait)
{
	if (procfs_make_room(&live->waits, live->wait_count, &live->wait_room, sizeof(*wait)) < 0)
		return -1;
	live->waits[live->wait_count++] = *wait;
	return 0;
}

/* Reads one thread's system call: "0 0x3 0x7ffc… …", or "running". */
static int look_at_thread(struct pimg_live *live, int tasks, const char *name, pid_t pid)
{
	char path[64], text[256];
	uint64_t tid, arguments[3];
	long number;

	if (!procfs_number(name, &tid))
		return 0;
	snprintf(path, sizeof(path), "%.32s/syscall", name);
	if (procfs_read(tasks, path, text, sizeof(text)) < 0 ||
	    sscanf(text, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64, &number, &arguments[0],
		   &arguments[1], &arguments[2]) != 4)
		return 0;
	for (size_t i = 0; i < sizeof(waiting_calls) / sizeof(*waiting_calls); i++) {
		struct pimg_wait wait = {
			.pid = (uint32_t)pid,
			.tid = (uint32_t)tid,
			.fd = (uint32_t)arguments[waiting_calls[i].argument],
			.writes = waiting_calls[i].writes,
		};

		if (waiting_calls[i].number == number && add_wait(live, &wait) < 0)
			return -1;
	}
	return 0;
}

int waits_find(struct pimg_live *live, const struct process *process)
{
	char path[64];
	struct dirent *entry;
	int result = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%ld/task", (long)process->pid);
	tasks = opendir(path);
	if (!tasks)
		return 0;
	while (result == 0 && (entry = readdir(tasks)))
		result = look_at_thread(live, dirfd(tasks), entry->d_name, process->pid);
	closedir(tasks);
	return result;
}

/* Asked once, when somebody wants to know. What memory is too short for is left out. */
static void find_all(struct pimg_live *live)
{
	live->waits_known = true;
	for (size_t i = 0; i < live->process_count; i++) {
		if (live->processes[i].holds_pipe && waits_find(live, &live->processes[i]) < 0)
			break;
	}
}

size_t pimg_live_waits(struct pimg_live *live, size_t index, struct pimg_wait *waits, size_t max)
{
	const struct pimg_live_pipe *pipe = &live->pipes[index];
	size_t count = 0;

	if (!live->waits_known)
		find_all(live);
	for (size_t i = 0; i < live->wait_count; i++) {
		const struct pimg_wait *wait = &live->waits[i];
		bool here = false;

		for (size_t j = 0; j < pipe->end_count && !here; j++) {
			const struct pimg_end *end = &pipe->ends[j];

			here = end->pid == wait->pid && end->fd == wait->fd &&
			       (wait->writes ? pimg_end_writes(end) : pimg_end_reads(end));
		}
		if (here && count++ < max)
			waits[count - 1] = *wait;
	}
	return count;
}
