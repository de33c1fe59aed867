// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a thread waits for in poll(2), select(2), epoll_wait(2) and their kin: the descriptors stand in its
 * memory, or, of an epoll instance, in /proc/PID/fdinfo.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/cleanup.h"
#include "live/procfs.h"

/* Of one call. Whoever polls more has its wait not told in full, and nobody waits for us. */
#define POLLED_MAX 4096

/* Bytes of the memory of another process, or of as much of it as can be read. */
static size_t read_memory(pid_t pid, uint64_t address, void *buffer, size_t size)
{
	struct iovec here = {buffer, size}, there = {(void *)(uintptr_t)address, size};
	ssize_t length = process_vm_readv(pid, &here, 1, &there, 1, 0);

	return length < 0 ? 0 : (size_t)length;
}

static int add_events(struct pimg_live *live, const struct waiter *waiter, uint64_t fd,
		      uint64_t inode, bool reads, bool writes)
{
	if (reads && waits_add(live, waiter, fd, inode, false) < 0)
		return -1;
	return writes ? waits_add(live, waiter, fd, inode, true) : 0;
}

static int look_at_poll(struct pimg_live *live, const struct waiter *waiter)
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
			    add_events(live, waiter, (uint64_t)polled[i].fd, 0,
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

static bool is_in_set(const uint8_t *set, size_t length, uint64_t fd)
{
	return fd / 8 < length && set[fd / 8] & 1U << fd % 8;
}

/* Sets are arrays of bits in longs, of which the lowest bit is first. */
static int look_at_select(struct pimg_live *live, const struct waiter *waiter)
{
	uint64_t count = waiter->arguments[0] < POLLED_MAX ? waiter->arguments[0] : POLLED_MAX;
	size_t size = ((size_t)count + 63) / 64 * 8, lengths[2] = {0, 0};
	uint8_t sets[2][POLLED_MAX / 8];

	for (unsigned i = 0; i < 2; i++) {
		if (waiter->arguments[1 + i])
			lengths[i] =
				read_memory(waiter->pid, waiter->arguments[1 + i], sets[i], size);
	}
	for (uint64_t fd = 0; fd < count; fd++) {
		if (add_events(live, waiter, fd, 0, is_in_set(sets[0], lengths[0], fd),
			       is_in_set(sets[1], lengths[1], fd)) < 0)
			return -1;
	}
	return 0;
}

/* A descriptor of the instance: "tfd:        3 events: 19 data: 7  pos:0 ino:66164 sdev:f". */
static int look_at_epoll_line(struct pimg_live *live, const struct waiter *waiter, const char *line)
{
	uint64_t fd, inode;
	uint32_t events;

	if (sscanf(line, "tfd: %" SCNu64 " events: %" SCNx32 " data: %*x pos:%*u ino:%" SCNx64, &fd,
		   &events, &inode) != 3)
		return 0;
	return add_events(live, waiter, fd, inode, events & (EPOLLIN | EPOLLRDNORM),
			  events & (EPOLLOUT | EPOLLWRNORM));
}

static int look_at_epoll(struct pimg_live *live, const struct waiter *waiter)
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
		result = look_at_epoll_line(live, waiter, line);
	fclose(file);
	return result;
}

/* Not every architecture has the older of these. */
static const struct {
	long number;
	int (*look)(struct pimg_live *live, const struct waiter *waiter);
} polling_calls[] = {
#ifdef SYS_poll
	{SYS_poll, look_at_poll},
#endif
	{SYS_ppoll, look_at_poll},
#ifdef SYS_select
	{SYS_select, look_at_select},
#endif
	{SYS_pselect6, look_at_select},
#ifdef SYS_epoll_wait
	{SYS_epoll_wait, look_at_epoll},
#endif
	{SYS_epoll_pwait, look_at_epoll},
#ifdef SYS_epoll_pwait2
	{SYS_epoll_pwait2, look_at_epoll},
#endif
};

int polls_find(struct pimg_live *live, const struct waiter *waiter)
{
	for (size_t i = 0; i < sizeof(polling_calls) / sizeof(*polling_calls); i++) {
		if (polling_calls[i].number == waiter->call)
			return polling_calls[i].look(live, waiter);
	}
	return 0;
}
