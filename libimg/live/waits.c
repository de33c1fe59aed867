// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds threads that wait in a system call on a pipe, through /proc/PID/task/TID/syscall. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/procfs.h"

/* Which arguments of a call are descriptors that it waits on. */
static const struct {
	enum call_kind kind;
	int argument; /* from 0 */
	bool writes;
} awaited[] = {
	{CALL_READ, 0, false},	   {CALL_WRITE, 0, true},     {CALL_SPLICE, 0, false},
	{CALL_SPLICE, 2, true},	   {CALL_TEE, 0, false},      {CALL_TEE, 1, true},
	{CALL_VMSPLICE, 0, true},  {CALL_VMSPLICE, 0, false}, {CALL_SENDFILE, 0, true},
	{CALL_SENDFILE, 1, false},
};

int waits_add(struct pimg_live *live, const struct waiter *waiter, uint64_t fd, uint64_t inode,
	      bool writes)
{
	struct found_wait *added;

	if (procfs_make_room(&live->waits, live->wait_count, &live->wait_room,
			     sizeof(*live->waits)) < 0)
		return -1;
	added = &live->waits[live->wait_count++];
	*added = (struct found_wait){
		.inode = inode,
		.wait = {.pid = (uint32_t)waiter->pid,
			 .tid = waiter->tid,
			 .fd = (uint32_t)fd,
			 .writes = writes},
	};
	return 0;
}

/* ---- finding ---- */

static int add_polls(struct pimg_live *live, const struct waiter *waiter)
{
	size_t before = live->wait_count;

	if (polls_find(live, waiter) < 0)
		return -1;
	for (size_t i = before; i < live->wait_count; i++)
		live->waits[i].wait.polls = true;
	return 0;
}

static int look_at_call(struct pimg_live *live, const struct waiter *waiter)
{
	for (size_t i = 0; i < sizeof(awaited) / sizeof(*awaited); i++) {
		if (awaited[i].kind == waiter->kind &&
		    waits_add(live, waiter, waiter->arguments[awaited[i].argument], 0,
			      awaited[i].writes) < 0)
			return -1;
	}
	return waiter->kind >= CALL_POLL ? add_polls(live, waiter) : 0;
}

/*
 * Whether a process is a 32-bit one: then the auxiliary vector that the kernel gave it has 32-bit fields,
 * and holds no page size where 64-bit fields are looked for.
 */
static bool is_compat_process(pid_t pid)
{
	enum { TYPE_PAGE_SIZE = 6 };
	uint64_t fields[128];
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%ld/auxv", (long)pid);
	length = procfs_read(AT_FDCWD, path, (char *)fields, sizeof(fields));
	for (size_t i = 0; i + 1 < (size_t)(length < 0 ? 0 : length) / sizeof(*fields); i += 2) {
		if (fields[i] == TYPE_PAGE_SIZE)
			return false;
	}
	return true;
}

/*
 * Parses "0 0x3 0x7ffc… …": the number of a call, its six arguments, the stack pointer and the program
 * counter. Returns false for a thread that runs, or waits outside of calls.
 */
static bool parse_call(const char *text, struct waiter *waiter)
{
	uint64_t fields[8] = {0};
	bool low = true;
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || number < 0)
		return false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const char *field = end;

		fields[i] = strtoull(field, &end, 16);
		if (end == field)
			return false;
		low = low && (i < 6 || fields[i] <= UINT32_MAX);
	}
	memcpy(waiter->arguments, fields, sizeof(waiter->arguments));
	/* Addresses tell most 64-bit processes at no cost. A 32-bit pipeimg can't ask those. */
	if (sizeof(long) < 8 && !low)
		return false;
	waiter->compat = sizeof(long) == 8 && low && is_compat_process(waiter->pid);
	waiter->kind = calls_kind(number, waiter->compat);
	return true;
}

static int look_at_thread(struct pimg_live *live, int tasks, const char *name, pid_t pid)
{
	struct waiter waiter = {.pid = pid};
	char path[64], text[256];
	uint64_t tid;

	if (!procfs_number(name, &tid))
		return 0;
	waiter.tid = (uint32_t)tid;
	snprintf(path, sizeof(path), "%.32s/syscall", name);
	if (procfs_read(tasks, path, text, sizeof(text)) < 0 || !parse_call(text, &waiter))
		return 0;
	return look_at_call(live, &waiter);
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

/* ---- asking ---- */

static int by_descriptor(const void *a, const void *b)
{
	const struct pimg_wait *x = &((const struct found_wait *)a)->wait;
	const struct pimg_wait *y = &((const struct found_wait *)b)->wait;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->fd != y->fd)
		return x->fd < y->fd ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* Asked once, when somebody wants to know. What memory is too short for is left out. */
static void complete(struct pimg_live *live)
{
	bool find = !(live->flags & PIMG_LIVE_WAITS);

	for (size_t i = 0; find && i < live->process_count; i++) {
		if (live->processes[i].holds_pipe && waits_find(live, &live->processes[i]) < 0)
			break;
	}
	if (live->wait_count)
		qsort(live->waits, live->wait_count, sizeof(*live->waits), by_descriptor);
	live->waits_known = true;
}

/* The first of the waits of a descriptor, or where it would stand. */
static size_t first_of(const struct pimg_live *live, const struct pimg_end *end)
{
	struct found_wait wanted = {.wait = {.pid = end->pid, .fd = end->fd}};
	size_t low = 0, high = live->wait_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_descriptor(&live->waits[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * How often the thread has gone to wait: so long as that is the same, it has not run.
 * Returns the state of the thread, or 0 if it is gone.
 */
static char look_at_status(struct pimg_wait *wait)
{
	static const char state_label[] = "\nState:\t", label[] = "\nvoluntary_ctxt_switches:";
	char path[64], text[4096], *state, *switches;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/status", wait->pid,
		 wait->tid);
	if (procfs_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	state = strstr(text, state_label);
	switches = strstr(text, label);
	wait->switches = switches ? strtoull(switches + strlen(label), NULL, 10) : 0;
	return state ? state[strlen(state_label)] : 0;
}

static bool is_of_pipe(const struct found_wait *found, const struct pimg_end *end,
		       const struct pimg_live_pipe *pipe)
{
	if (found->inode && found->inode != pipe->inode)
		return false;
	return found->wait.writes ? pimg_end_writes(end) : pimg_end_reads(end);
}

/* A call is looked at in one moment and the pipe in another: what disagrees is over, or has not begun. */
static bool agrees(const struct pimg_wait *wait, const struct pimg_fill *fill)
{
	if (!fill)
		return true;
	return wait->writes ? fill->full : !fill->bytes;
}

size_t pimg_live_waits(struct pimg_live *live, size_t index, const struct pimg_fill *fill,
		       struct pimg_wait *waits, size_t max)
{
	const struct pimg_live_pipe *pipe = &live->pipes[index];
	size_t count = 0;

	if (!live->waits_known)
		complete(live);
	for (size_t i = 0; i < pipe->end_count; i++) {
		const struct pimg_end *end = &pipe->ends[i];

		for (size_t j = first_of(live, end);
		     j < live->wait_count && live->waits[j].wait.pid == end->pid &&
		     live->waits[j].wait.fd == end->fd;
		     j++) {
			struct pimg_wait wait = live->waits[j].wait;

			if (!is_of_pipe(&live->waits[j], end, pipe) || !agrees(&wait, fill) ||
			    halts_thread(live, &wait, look_at_status(&wait)))
				continue;
			if (count < max)
				waits[count] = wait;
			count++;
		}
	}
	return count;
}
