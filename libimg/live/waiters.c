// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/waiters.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/polls.h"
#include "live/proc-file.h"

/* The arguments of a call that are descriptors to wait on. */
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

static int add_polls(struct wait_list *list, const struct waiter *waiter)
{
	size_t before = list->count;

	if (polls_find(list, waiter) < 0)
		return -1;
	for (size_t i = before; i < list->count; i++)
		list->waits[i].wait.polls = true;
	return 0;
}

static int look_at_call(struct wait_list *list, const struct waiter *waiter)
{
	for (size_t i = 0; i < sizeof(awaited) / sizeof(*awaited); i++) {
		if (awaited[i].kind == waiter->kind &&
		    wait_list_add(list, waiter, waiter->arguments[awaited[i].argument], 0,
				  awaited[i].writes) < 0)
			return -1;
	}
	return waiter->kind >= CALL_POLL ? add_polls(list, waiter) : 0;
}

/*
 * Whether a process is a 32-bit one: then its auxiliary vector from the kernel has 32-bit fields, and there
 * is no page size in the place of the 64-bit field.
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
 * counter. Returns false for a thread that runs, or waits outside system calls.
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
	/*
	 * Most 64-bit processes are recognized by their addresses at no cost. A 32-bit pipeimg cannot
	 * inspect these.
	 */
	if (sizeof(long) < 8 && !low)
		return false;
	waiter->compat = sizeof(long) == 8 && low && is_compat_process(waiter->pid);
	waiter->kind = calls_kind(number, waiter->compat);
	return true;
}

static int look_at_thread(struct wait_list *list, int tasks, const char *name, pid_t pid)
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
	return look_at_call(list, &waiter);
}

int waiters_find(struct wait_list *list, pid_t pid)
{
	struct dirent *entry;
	int result = 0;
	DIR *tasks = procfs_open_tasks(pid);

	if (!tasks)
		return 0;
	while (result == 0 && (entry = readdir(tasks)))
		result = look_at_thread(list, dirfd(tasks), entry->d_name, pid);
	closedir(tasks);
	return result;
}
