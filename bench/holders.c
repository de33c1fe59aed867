// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes with pipes, as on a large machine: holders PROCESSES PIPES. Each has both ends of its pipes, and every
 * second pipe has one unread packet. Prints "ready" when all are there, and ends them when standard input ends.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The parent sees end of file on the ready pipe once each child has closed it; a child that fails writes to it. */
static void hold(pid_t parent, int ready, int pipes)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have ended before. */
	if (getppid() != parent)
		_exit(1);
	for (int i = 0; i < pipes; i++) {
		int ends[2];

		if (pipe2(ends, O_DIRECT) < 0 || (i % 2 && write(ends[1], "packet", 6) != 6)) {
			if (write(ready, "", 1) != 1)
				_exit(2);
			_exit(1);
		}
	}
	close(ready);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	pause();
	_exit(0);
}

static bool start(int processes, int pipes, int ready[2])
{
	pid_t parent = getpid();

	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return false;
		if (pid == 0) {
			close(ready[0]);
			hold(parent, ready[1], pipes);
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	int processes = argc == 3 ? atoi(argv[1]) : 0, pipes = argc == 3 ? atoi(argv[2]) : 0;
	struct rlimit limit;
	int ready[2];
	char byte;

	if (processes < 1 || pipes < 1) {
		fputs("usage: holders PROCESSES PIPES\n", stderr);
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	/* A separate group, to end them together. A child also ends with its parent. */
	if (setpgid(0, 0) < 0 || pipe(ready) < 0 || !start(processes, pipes, ready)) {
		perror("holders");
		return 1;
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 0)
		return 1;
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	/* What is measured next must not measure how they end. */
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	return 0;
}
