// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stops processes by ptrace(2): unlike SIGSTOP it is not seen by their parents, and the kernel ends
 * it by itself when the tracing thread ends, killed or not.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/error.h"
#include "live/procfs.h"

struct stopped_thread {
	pid_t tid;
	int signal; /* that was about to be delivered when it stopped, or 0 */
};

struct pimg_stop {
	struct stopped_thread *threads;
	size_t count, room;
};

static bool is_stopped(const struct pimg_stop *stop, pid_t tid)
{
	for (size_t i = 0; i < stop->count; i++) {
		if (stop->threads[i].tid == tid)
			return true;
	}
	return false;
}

static int stop_failed(struct pimg_error *error, int errno_value, pid_t tid)
{
	if (errno_value == EINTR)
		return error_interrupted(error);
	if (errno_value == EPERM)
		return error_refused(error, EPERM,
				     "cannot stop process %ld: it may not be traced by this user, "
				     "or a debugger traces it already",
				     (long)tid);
	return error_system(error, errno_value, "cannot stop process %ld", (long)tid);
}

/* Waits for a thread to stop. Returns the signal that it stopped for, 0 for ours; -1 if it ended. */
static int wait_for_stop(pid_t tid)
{
	int status;

	if (waitpid(tid, &status, __WALL) < 0)
		return -1;
	if (!WIFSTOPPED(status)) {
		errno = ESRCH;
		return -1;
	}
	return status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
}

/* Returns 1 if it was stopped now, 0 if there was nothing to stop. */
static int stop_thread(struct pimg_stop *stop, pid_t tid, struct pimg_error *error)
{
	int signal;

	if (is_stopped(stop, tid))
		return 0;
	if (procfs_make_room(&stop->threads, stop->count, &stop->room, sizeof(*stop->threads)) < 0)
		return error_memory(error);
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0)
		return errno == ESRCH ? 0 : stop_failed(error, errno, tid);
	stop->threads[stop->count++] = (struct stopped_thread){tid, 0};
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0)
		return errno == ESRCH ? 0 : stop_failed(error, errno, tid);
	signal = wait_for_stop(tid);
	if (signal < 0 && errno != ESRCH && errno != ECHILD)
		return stop_failed(error, errno, tid);
	if (signal < 0)
		stop->count--; /* it ended */
	else
		stop->threads[stop->count - 1].signal = signal;
	return 1;
}

/* Stops the threads that are there now. Returns how many were stopped. */
static int stop_threads(struct pimg_stop *stop, pid_t pid, struct pimg_error *error)
{
	char path[64];
	struct dirent *entry;
	uint64_t tid;
	int stopped = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	tasks = opendir(path);
	if (!tasks)
		return 0;
	while (stopped >= 0 && (entry = readdir(tasks))) {
		int result;

		if (!procfs_number(entry->d_name, &tid))
			continue;
		result = stop_thread(stop, (pid_t)tid, error);
		stopped = result < 0 ? -1 : stopped + result;
	}
	closedir(tasks);
	return stopped;
}

struct pimg_stop *pimg_stop_processes(const pid_t *pids, size_t count, struct pimg_error *error)
{
	struct pimg_stop *stop = calloc(1, sizeof(*stop));

	if (!stop) {
		error_memory(error);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		int stopped;

		if (pids[i] == getpid())
			continue;
		/* A thread that runs can start another: only a look that finds none ends it. */
		do {
			stopped = stop_threads(stop, pids[i], error);
		} while (stopped > 0);
		if (stopped < 0) {
			pimg_stop_release(stop);
			return NULL;
		}
	}
	return stop;
}

void pimg_stop_release(struct pimg_stop *stop)
{
	if (!stop)
		return;
	for (size_t i = 0; i < stop->count; i++)
		ptrace(PTRACE_DETACH, stop->threads[i].tid, NULL,
		       (void *)(intptr_t)stop->threads[i].signal);
	free(stop->threads);
	free(stop);
}
