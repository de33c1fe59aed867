// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the clock all the time, and reports how long it could not.
 *
 *	frozen-clock packets|stream COUNT
 *
 * Holds COUNT pipes with three unread writes each, in packet mode or not. Prints its pid, and then appends to its output
 * each pause of at least 5 ms, in microseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS 5000000

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "frozen-clock: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void hold_pipe(bool packets)
{
	int ends[2];

	if (pipe2(ends, packets ? O_DIRECT : 0) < 0 || write(ends[1], "one", 3) != 3 ||
	    write(ends[1], "two", 3) != 3 || write(ends[1], "three", 5) != 5)
		fail("pipe");
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char **argv)
{
	int64_t last;

	if (argc != 3)
		return 2;
	for (int i = 0; i < atoi(argv[2]); i++)
		hold_pipe(!strcmp(argv[1], "packets"));
	/* The output can be cut in the meantime. */
	fcntl(STDOUT_FILENO, F_SETFL, O_APPEND);
	printf("%ld\n", (long)getpid());
	fflush(stdout);
	for (last = now_ns();;) {
		int64_t now = now_ns();

		if (now - last >= PAUSE_NS) {
			printf("%lld\n", (long long)(now - last) / 1000);
			fflush(stdout);
			now = now_ns();
		}
		last = now;
	}
}
