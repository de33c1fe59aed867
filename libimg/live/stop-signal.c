// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/stop-signal.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "live/proc-file.h"

/* Name of the thread that asks. */
#define ASKER "pipeimg-asks"

struct question {
	pid_t pid;
	int signal;
};

/*
 * A stopped process that is seized immediately reports the signal that stopped it. When it is detached, it
 * is stopped as before: it has executed nothing, and its parent sees nothing. If this thread ends for any
 * reason, the kernel detaches the process.
 */
static void *ask(void *context)
{
	struct question *question = context;
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	prctl(PR_SET_NAME, ASKER);
	if (ptrace(PTRACE_SEIZE, question->pid, NULL, NULL) < 0) {
		question->signal = -1;
		return NULL;
	}
	if (ptrace(PTRACE_GETSIGINFO, question->pid, NULL, &info) == 0 &&
	    info.si_code >> 8 == PTRACE_EVENT_STOP && info.si_signo != SIGTRAP)
		question->signal = info.si_signo;
	ptrace(PTRACE_DETACH, question->pid, NULL, NULL);
	return NULL;
}

int stop_signal_ask(pid_t pid)
{
	struct question question = {.pid = pid};
	pthread_t tracer;
	sigset_t before;
	int failed;

	signals_block_all(&before);
	failed = pthread_create(&tracer, NULL, ask, &question);
	signals_unblock(&before);
	if (failed)
		return 0;
	pthread_join(tracer, NULL);
	return question.signal;
}

bool tracer_is_asking(const struct pimg_process *process, char comm[32])
{
	char path[64];
	ssize_t length = 0;

	if (process->tracer) {
		snprintf(path, sizeof(path), "/proc/%ld/comm", (long)process->tracer);
		length = procfs_read(AT_FDCWD, path, comm, 32);
	}
	comm[length > 0 ? length - 1 : 0] = '\0';
	return !strcmp(comm, ASKER);
}

/* Opening the memory needs the same rights, and does not depend on an existing tracer. */
static bool may_be_traced(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool tracer_lets_go(const struct pimg_process *process, int *tries)
{
	enum { TRIES = 100 };
	static const struct timespec a_millisecond = {0, 1000000};
	char comm[32];

	/* A tracer without a name has ended. */
	if (++*tries == TRIES || (!tracer_is_asking(process, comm) && comm[0]) ||
	    !may_be_traced(process->pid))
		return false;
	nanosleep(&a_millisecond, NULL);
	return true;
}
