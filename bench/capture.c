// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times a capture against the minimum that any reader needs: one tee(2), and plain reads of the copy.
 * Both alternate in one process, so that changes in the machine's speed affect both.
 *
 * capture QUEUE          prints the medians in microseconds, their ratio, and its spread
 * capture QUEUE --once   captures once between two calls of getppid(2), so that strace can count
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeimg.h"

#define PAGE   4096
#define SLOTS  256
#define ROUNDS 301

static char bytes[SLOTS * PAGE];

static void put(int fd, int flags, size_t size)
{
	fcntl(fd, F_SETFL, O_NONBLOCK | flags);
	if (write(fd, bytes, size) != (ssize_t)size)
		exit(1);
}

static void fill_packets(int fd)
{
	for (int i = 0; i < SLOTS; i++)
		put(fd, O_DIRECT, PAGE);
}

static void fill_stream(int fd)
{
	put(fd, 0, sizeof(bytes));
}

/* Runs of one page alternating with packets: the maximum number of boundaries. */
static void fill_mixed(int fd)
{
	for (int i = 0; i < SLOTS / 2; i++) {
		put(fd, 0, PAGE);
		put(fd, O_DIRECT, PAGE);
	}
}

static const struct {
	const char *name;
	void (*fill)(int fd);
} queues[] = {{"packets", fill_packets}, {"stream", fill_stream}, {"mixed", fill_mixed}};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double time_capture(int fd)
{
	double start = now_us(), end;
	struct pimg_queue *queue = pimg_capture_fd(fd, NULL);

	end = now_us();
	if (!queue)
		exit(1);
	pimg_queue_free(queue);
	return end - start;
}

static double time_tee_and_reads(int fd)
{
	double start, end;
	int copy[2];

	if (pipe2(copy, O_NONBLOCK) < 0 || fcntl(copy[0], F_SETPIPE_SZ, SLOTS * PAGE) < 0)
		exit(1);
	start = now_us();
	if (tee(fd, copy[1], sizeof(bytes), SPLICE_F_NONBLOCK) < 0)
		exit(1);
	while (read(copy[0], bytes, PAGE) > 0)
		;
	end = now_us();
	close(copy[0]);
	close(copy[1]);
	return end - start;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void compare(int fd)
{
	static double captures[ROUNDS], reads[ROUNDS], ratios[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		captures[i] = time_capture(fd);
		reads[i] = time_tee_and_reads(fd);
		ratios[i] = captures[i] / reads[i];
	}
	qsort(captures, ROUNDS, sizeof(double), by_value);
	qsort(reads, ROUNDS, sizeof(double), by_value);
	qsort(ratios, ROUNDS, sizeof(double), by_value);
	printf("%.1f %.1f %.2f %.2f %.2f\n", captures[ROUNDS / 2], reads[ROUNDS / 2],
	       ratios[ROUNDS / 2], ratios[ROUNDS / 10], ratios[ROUNDS - ROUNDS / 10]);
}

int main(int argc, char **argv)
{
	int ends[2];

	for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++) {
		if (argc < 2 || strcmp(queues[i].name, argv[1]) != 0)
			continue;
		if (pipe2(ends, O_NONBLOCK) < 0 || fcntl(ends[0], F_SETPIPE_SZ, SLOTS * PAGE) < 0)
			return 1;
		queues[i].fill(ends[1]);
		if (argc == 2) {
			compare(ends[0]);
		} else {
			getppid();
			pimg_queue_free(pimg_capture_fd(ends[0], NULL));
			getppid();
		}
		return 0;
	}
	fputs("usage: capture packets|stream|mixed [--once]\n", stderr);
	return 2;
}
