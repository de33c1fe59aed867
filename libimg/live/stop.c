// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stops processes with ptrace(2): unlike SIGSTOP, it is not visible to their parents.
 *
 * The tracer is a separate thread. When it ends, for whatever reason, the kernel releases everything that
 * it traces, including threads that were asked to stop and have not stopped yet, which no detach request
 * could reach.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "live/no-proc.h"
#include "live/proc-file.h"
#include "live/stop-signal.h"
#include "pipeimg-private.h"

/* A thread that waits for its vfork(2) child, or for a failed disk, does not stop. */
#define STOP_WITHIN_SECONDS 10

struct stopped_thread {
	pid_t tid;
	int signal; /* pending when it stopped, or 0 */
};

struct pimg_stop {
	const pid_t *pids; /* valid only until they are stopped */
	size_t pid_count;
	struct timespec until; /* CLOCK_MONOTONIC */
	struct stopped_thread *threads;
	size_t count, room;

	pthread_t tracer;
	sem_t done;	    /* posted when all are stopped, or cannot be */
	sem_t release;	    /* posted when they are to continue */
	atomic_bool cancel; /* the caller does not want to wait any longer */
	int result;
	struct pimg_error error;
};

static int by_tid(const void *a, const void *b)
{
	const struct stopped_thread *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static int stop_refused(struct pimg_error *error, pid_t tid)
{
	struct pimg_process process;
	char comm[32] = "";

	if (pimg_process_look(tid, &process, NULL) == 0 && process.tracer) {
		tracer_is_asking(&process, comm);
		return error_refused(error, EPERM,
				     "cannot stop process %ld: %s[%ld] is already tracing it",
				     (long)tid, comm, (long)process.tracer);
	}
	return error_refused(error, EPERM,
			     "cannot stop process %ld: this user may not trace it, or a debugger "
			     "in another PID namespace is already tracing it",
			     (long)tid);
}

static int stop_failed(struct pimg_error *error, int errno_value, pid_t tid)
{
	if (errno_value == EPERM)
		return stop_refused(error, tid);
	if (errno_value == ETIMEDOUT)
		return error_refused(error, ETIMEDOUT,
				     "process %ld did not stop within %d seconds: it is waiting "
				     "for a vfork(2) child, or is stuck in the kernel",
				     (long)tid, STOP_WITHIN_SECONDS);
	return error_system(error, errno_value, "cannot stop process %ld", (long)tid);
}

static bool is_late(const struct pimg_stop *stop)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec != stop->until.tv_sec)
		return now.tv_sec > stop->until.tv_sec;
	return now.tv_nsec >= stop->until.tv_nsec;
}

/*
 * Waits for a thread to stop.
 * Returns the signal that it stopped for, 0 for our request; or -1 with errno set: ESRCH if it ended.
 */
static int wait_for_stop(struct pimg_stop *stop, pid_t tid)
{
	static const struct timespec a_millisecond = {0, 1000000};
	int status;

	for (;;) {
		/* Most have stopped at the first or second check. */
		pid_t got = waitpid(tid, &status, __WALL | WNOHANG);

		if (got < 0)
			return -1;
		if (got > 0)
			break;
		if (stop->cancel || is_late(stop)) {
			errno = stop->cancel ? EINTR : ETIMEDOUT;
			return -1;
		}
		nanosleep(&a_millisecond, NULL);
	}
	if (!WIFSTOPPED(status)) {
		errno = ESRCH;
		return -1;
	}
	return status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
}

/* A thread that has ended but was not waited for can no longer be traced: that is not an error. */
static bool has_ended(pid_t tid)
{
	char path[64], text[512], *state;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)tid);
	if (procfs_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return true;
	state = strrchr(text, ')');
	return !state || strchr("ZXx", state[2]);
}

/* Waits for other tracers that trace it only for a moment. */
static int seize(const struct pimg_stop *stop, pid_t tid)
{
	int tries = 0;

	while (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0) {
		struct pimg_process process;
		int failed = errno;
		bool again = failed == EPERM && !stop->cancel && !is_late(stop) &&
			     pimg_process_look(tid, &process, NULL) == 0 &&
			     tracer_lets_go(&process, &tries);

		errno = stop->cancel ? EINTR : failed;
		if (!again)
			return -1;
	}
	return 0;
}

/* Asks a thread to stop, unless it has ended. */
static int tell_thread(struct pimg_stop *stop, pid_t tid, struct pimg_error *error)
{
	if (array_make_room(&stop->threads, &stop->room, stop->count + 1, sizeof(*stop->threads),
			    error) < 0)
		return -1;
	if (seize(stop, tid) < 0) {
		int failed = errno;

		return failed == ESRCH || has_ended(tid) ? 0 : stop_failed(error, failed, tid);
	}
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0)
		return errno == ESRCH ? 0 : stop_failed(error, errno, tid);
	stop->threads[stop->count++] = (struct stopped_thread){.tid = tid};
	return 0;
}

/*
 * Asks the current threads of a process to stop.
 * @known: number of threads stopped before, which are sorted
 */
static int tell_threads(struct pimg_stop *stop, pid_t pid, size_t known, struct pimg_error *error)
{
	struct dirent *entry;
	uint64_t tid;
	int result = 0;
	DIR *tasks = procfs_open_tasks(pid);

	if (!tasks)
		return 0;
	while (result == 0 && (entry = readdir(tasks))) {
		struct stopped_thread thread = {0};

		if (!procfs_number(entry->d_name, &tid))
			continue;
		thread.tid = (pid_t)tid;
		if (!known || !bsearch(&thread, stop->threads, known, sizeof(thread), by_tid))
			result = tell_thread(stop, thread.tid, error);
	}
	closedir(tasks);
	return result;
}

/* Waits for the threads asked last, together, because each takes its time. */
static int wait_for_threads(struct pimg_stop *stop, size_t known, struct pimg_error *error)
{
	for (size_t i = known; i < stop->count; i++) {
		int signal = wait_for_stop(stop, stop->threads[i].tid);

		if (signal < 0 && errno != ESRCH && errno != ECHILD)
			return stop_failed(error, errno, stop->threads[i].tid);
		stop->threads[i].signal = signal > 0 ? signal : 0;
	}
	return 0;
}

static int stop_all(struct pimg_stop *stop)
{
	size_t known;

	/* A running thread can start another: repeat until a pass finds no new thread. */
	do {
		known = stop->count;
		for (size_t i = 0; i < stop->pid_count; i++) {
			if (stop->pids[i] != getpid() &&
			    tell_threads(stop, stop->pids[i], known, &stop->error) < 0)
				return -1;
		}
		if (wait_for_threads(stop, known, &stop->error) < 0)
			return -1;
		if (stop->count)
			qsort(stop->threads, stop->count, sizeof(*stop->threads), by_tid);
	} while (stop->count > known);
	return 0;
}

/* Threads that stopped for a signal get it; the end of this thread releases all others. */
static void *trace(void *context)
{
	struct pimg_stop *stop = context;

	stop->result = stop_all(stop);
	sem_post(&stop->done);
	while (sem_wait(&stop->release) < 0)
		;
	for (size_t i = 0; i < stop->count; i++)
		ptrace(PTRACE_DETACH, stop->threads[i].tid, NULL,
		       (void *)(intptr_t)stop->threads[i].signal);
	return NULL;
}

static int start_tracer(struct pimg_stop *stop)
{
	sigset_t before;
	int failed;

	signals_block_all(&before);
	failed = pthread_create(&stop->tracer, NULL, trace, stop);
	signals_unblock(&before);
	return failed;
}

struct pimg_stop *pimg_stop_processes(const pid_t *pids, size_t count,
				      const struct pimg_progress *progress,
				      struct pimg_error *error)
{
	struct pimg_stop *stop = calloc(1, sizeof(*stop));
	int failed;

	ASK_WHEN_INTERRUPTED(progress);
	/* Without /proc, no thread would be found and stopped, and no error reported. */
	if (stop && !proc_is_mounted()) {
		error_no_proc(error, "cannot stop processes");
		free(stop);
		return NULL;
	}
	if (!stop) {
		error_memory(error);
		return NULL;
	}
	stop->pids = pids;
	stop->pid_count = count;
	clock_gettime(CLOCK_MONOTONIC, &stop->until);
	stop->until.tv_sec += STOP_WITHIN_SECONDS;
	sem_init(&stop->done, 0, 0);
	sem_init(&stop->release, 0, 0);
	failed = start_tracer(stop);
	if (failed) {
		error_system(error, failed, "cannot create a thread");
		free(stop);
		return NULL;
	}
	/* Once cancelled, the tracer ends by itself within a moment. */
	if (RETRIED(sem_wait(&stop->done)) < 0) {
		stop->cancel = true;
		while (sem_wait(&stop->done) < 0)
			;
	}
	if (stop->result == 0)
		return stop;
	if (error)
		*error = stop->error;
	pimg_stop_release(stop);
	return NULL;
}

void pimg_stop_release(struct pimg_stop *stop)
{
	if (!stop)
		return;
	sem_post(&stop->release);
	pthread_join(stop->tracer, NULL);
	sem_destroy(&stop->done);
	sem_destroy(&stop->release);
	free(stop->threads);
	free(stop);
}
