// SPDX-License-Identifier: LGPL-2.1-or-later
/* The descriptors are in the thread's memory or, for an epoll instance, in /proc/PID/fdinfo. */
#include "live/polls.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "live/proc-file.h"

/* In one call. A thread that polls more is reported only in part, which limits the time. */
#define POLLED_MAX 4096

/* Reads memory of another process, or the readable part of it. */
static size_t read_memory(pid_t pid, uint64_t address, void *buffer, size_t size)
{
	struct iovec here = {buffer, size}, there = {(void *)(uintptr_t)address, size};
	ssize_t length = process_vm_readv(pid, &here, 1, &there, 1, 0);

	return length < 0 ? 0 : (size_t)length;
}

static int add_events(struct wait_list *list, const struct waiter *waiter, uint64_t fd,
		      uint64_t inode, bool reads, bool writes)
{
	if (reads && wait_list_add(list, waiter, fd, inode, false) < 0)
		return -1;
	return writes ? wait_list_add(list, waiter, fd, inode, true) : 0;
}

static int look_at_poll(struct wait_list *list, const struct waiter *waiter)
{
	struct pollfd polled[256];
	uint64_t address = waiter->arguments[0], left = waiter->arguments[1];

	if (left > POLLED_MAX)
		left = POLLED_MAX;
	while (left) {
		size_t wanted = left < 256 ? (size_t)left : 256;
		size_t count = read_memory(waiter->pid, address, polled, wanted * sizeof(*polled)) /
			       sizeof(*polled);

		for (size_t i = 0; i < count; i++) {
			if (polled[i].fd >= 0 &&
			    add_events(list, waiter, (uint64_t)polled[i].fd, 0,
				       polled[i].events & (POLLIN | POLLRDNORM),
				       polled[i].events & (POLLOUT | POLLWRNORM)) < 0)
				return -1;
		}
		if (count < wanted)
			return 0;
		address += count * sizeof(*polled);
		left -= count;
	}
	return 0;
}

/* A set of select(2): an array of bits in longs, lowest bit first. */
struct set {
	uint8_t bytes[POLLED_MAX / 8];
	size_t length;
};

static void read_set(const struct waiter *waiter, uint64_t address, uint64_t count, struct set *set)
{
	size_t word = waiter->compat ? 4 : sizeof(long),
	       words = ((size_t)count + 8 * word - 1) / (8 * word);

	set->length = address ? read_memory(waiter->pid, address, set->bytes, words * word) : 0;
}

static bool is_in_set(const struct waiter *waiter, const struct set *set, uint64_t fd)
{
	size_t byte = (size_t)fd / 8;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	byte ^= (waiter->compat ? 4 : sizeof(long)) - 1;
#else
	(void)waiter;
#endif
	return byte < set->length && set->bytes[byte] & 1U << fd % 8;
}

static int look_at_sets(struct wait_list *list, const struct waiter *waiter,
			const uint64_t arguments[3])
{
	uint64_t count = arguments[0] < POLLED_MAX ? arguments[0] : POLLED_MAX;
	struct set reads, writes;

	read_set(waiter, arguments[1], count, &reads);
	read_set(waiter, arguments[2], count, &writes);
	for (uint64_t fd = 0; fd < count; fd++) {
		if (add_events(list, waiter, fd, 0, is_in_set(waiter, &reads, fd),
			       is_in_set(waiter, &writes, fd)) < 0)
			return -1;
	}
	return 0;
}

static int look_at_select(struct wait_list *list, const struct waiter *waiter)
{
	return look_at_sets(list, waiter, waiter->arguments);
}

static int look_at_old_select(struct wait_list *list, const struct waiter *waiter)
{
	uint32_t words[3];

	if (read_memory(waiter->pid, waiter->arguments[0], words, sizeof(words)) != sizeof(words))
		return 0;
	return look_at_sets(list, waiter, (const uint64_t[]){words[0], words[1], words[2]});
}

/* A descriptor of the instance: "tfd:        3 events: 19 data: 7  pos:0 ino:66164 sdev:f". */
static int look_at_epoll_line(struct wait_list *list, const struct waiter *waiter, const char *line)
{
	uint64_t fd, inode;
	uint32_t events;

	if (sscanf(line, "tfd: %" SCNu64 " events: %" SCNx32 " data: %*x pos:%*u ino:%" SCNx64, &fd,
		   &events, &inode) != 3)
		return 0;
	return add_events(list, waiter, fd, inode, events & (EPOLLIN | EPOLLRDNORM),
			  events & (EPOLLOUT | EPOLLWRNORM));
}

static int look_at_epoll(struct wait_list *list, const struct waiter *waiter)
{
	unsigned lines = 0;
	char path[64], line[256];
	int result = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%" PRIu64, (long)waiter->pid,
		 waiter->arguments[0]);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!result && lines++ < POLLED_MAX && fgets(line, sizeof(line), file))
		result = look_at_epoll_line(list, waiter, line);
	fclose(file);
	return result;
}

/*
 * After a stop, the kernel continues poll(2) as restart_syscall(2), and also nanosleep(2) and some waits on
 * futexes. The place in the kernel where the thread sleeps shows which call it was; the arguments are
 * unchanged.
 */
static bool restarts_poll(const struct waiter *waiter)
{
	static const char *const places[] = {"poll_schedule_timeout", "do_poll", "do_sys_poll",
					     "do_restart_poll"};
	char path[64], text[128];

	snprintf(path, sizeof(path), "/proc/%ld/task/%" PRIu32 "/wchan", (long)waiter->pid,
		 waiter->tid);
	if (procfs_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (!strncmp(text, places[i], strlen(places[i])))
			return true;
	}
	return false;
}

static int look_at_restart(struct wait_list *list, const struct waiter *waiter)
{
	return restarts_poll(waiter) ? look_at_poll(list, waiter) : 0;
}

int polls_find(struct wait_list *list, const struct waiter *waiter)
{
	static int (*const look[])(struct wait_list * list, const struct waiter *waiter) = {
		[CALL_POLL] = look_at_poll,
		[CALL_SELECT] = look_at_select,
		[CALL_SELECT_OLD] = look_at_old_select,
		[CALL_EPOLL] = look_at_epoll,
		[CALL_RESTART] = look_at_restart,
	};

	return look[waiter->kind](list, waiter);
}
