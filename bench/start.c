// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times two commands alternately from start to exit, and prints the medians in microseconds, the median
 * ratio, and its spread: start ROUNDS COMMAND [ARG]… -- OTHER [ARG]…
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 1001

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double time_command(char **command)
{
	posix_spawn_file_actions_t actions;
	double start = now_us();
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, command[0], &actions, NULL, command, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "%s failed\n", command[0]);
		exit(1);
	}
	posix_spawn_file_actions_destroy(&actions);
	return now_us() - start;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], ratios[ROUNDS_MAX];
	int rounds = argc > 1 ? atoi(argv[1]) : 0;
	char **other = argv + 1;

	while (*other && strcmp(*other, "--") != 0)
		other++;
	if (rounds < 1 || rounds > ROUNDS_MAX || argc < 5 || !*other) {
		fputs("usage: start ROUNDS COMMAND [ARG]... -- OTHER [ARG]...\n", stderr);
		return 2;
	}
	*other++ = NULL;
	for (int i = 0; i < rounds; i++) {
		ours[i] = time_command(argv + 2);
		theirs[i] = time_command(other);
		ratios[i] = ours[i] / theirs[i];
	}
	qsort(ours, (size_t)rounds, sizeof(double), by_value);
	qsort(theirs, (size_t)rounds, sizeof(double), by_value);
	qsort(ratios, (size_t)rounds, sizeof(double), by_value);
	printf("%.1f %.1f %.3f %.3f %.3f\n", ours[rounds / 2], theirs[rounds / 2],
	       ratios[rounds / 2], ratios[rounds / 10], ratios[rounds - 1 - rounds / 10]);
	return 0;
}
