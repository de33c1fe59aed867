// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A consumer that has not started to read: a child writes five jobs to a pipe in packet mode, each on
 * one line, and exits. On SIGUSR1 the first process reads the pipe to its end, and prints a line for
 * each read(2).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS = 5 };

static void write_jobs(int fd)
{
	for (int i = 1; i <= JOBS; i++) {
		char job[64];
		int length = snprintf(job, sizeof(job), "{\"job\": %d, \"file\": \"%.*s.jpg\"}\n",
				      i, i, "holiday");

		if (write(fd, job, (size_t)length) != length)
			_exit(1);
	}
	_exit(0);
}

static void read_jobs(int fd)
{
	static char buffer[65536];
	ssize_t length;

	for (int i = 1; (length = read(fd, buffer, sizeof(buffer))) > 0; i++)
		printf("read %d: %zd bytes: %.*s%s", i, length, (int)length, buffer,
		       buffer[length - 1] == '\n' ? "" : "\n");
	printf("end of file\n");
	fflush(stdout);
}

int main(void)
{
	int ends[2], signal_number, status;
	sigset_t awaited;
	pid_t writer;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGUSR1);
	sigprocmask(SIG_BLOCK, &awaited, NULL);
	if (pipe2(ends, O_DIRECT) < 0)
		return EXIT_FAILURE;
	writer = fork();
	if (writer == 0)
		write_jobs(ends[1]);
	close(ends[1]);
	if (writer < 0 || waitpid(writer, &status, 0) != writer || status != 0)
		return EXIT_FAILURE;
	/*
	 * pipe2() sets packet mode on both ends. Only the write end needs it, and it is closed, so
	 * CRIU sees no end in packet mode.
	 */
	if (fcntl(ends[0], F_SETFL, 0) < 0)
		return EXIT_FAILURE;
	printf("%d jobs wait\n", JOBS);
	fflush(stdout);
	sigwait(&awaited, &signal_number);
	read_jobs(ends[0]);
	pause();
	return EXIT_SUCCESS;
}
