// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Before the dump: starts the keeper, a process that monitors CRIU until the tasks are released.
 *
 * CRIU runs its action script before it freezes the tasks and after it has written the images, but
 * not in between, where it refuses ends in packet mode. Turning off packet mode of running tasks would
 * merge what they write until they are frozen. So the keeper traces the system calls of CRIU, which
 * does not change what CRIU does. CRIU opens files.img when all tasks are frozen, and before it
 * inspects any descriptor; it opens inventory.img after it has inspected all of them:
 *
 *	files.img is opened	packet mode of the frozen tasks is turned off
 *	inventory.img is opened	packet mode is turned on again
 *
 * CRIU releases the tasks with ptrace(2), with kill(2), or when it ends. The keeper stops it before each
 * of these, so the tasks have packet mode again before they can write, even if the dump fails.
 * If a version of CRIU opens its images in a different order, it sees packet mode and refuses the dump.
 */
#include "criu/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criu/window.h"
#include "pipeimg-private.h"
#include "shared/message.h"

struct keeper {
	const struct hook *hook;
	struct window *window;
	bool opened; /* the window was opened, or opening it failed */
	bool done;   /* stop monitoring CRIU */
};

/* ---- what CRIU is about to do ---- */

/* System calls that create a file, with the positions of the path and flags arguments. */
static const struct {
	long number;
	int path, flags;
} creating_calls[] = {
	{SYS_openat, 1, 2},
#ifdef SYS_open
	{SYS_open, 0, 1},
#endif
};

/* Reads a path from CRIU's memory; truncates it if it is longer than the paths of interest. */
static void read_path(pid_t pid, uint64_t address, char *text, size_t size)
{
	struct iovec here = {text, size - 1}, there = {(void *)(uintptr_t)address, size - 1};
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);

	/* The page after a short path may be unmapped, so read byte by byte. */
	for (size_t length = 1; got <= 0 && length < size; length++) {
		here = (struct iovec){text + length - 1, 1};
		there = (struct iovec){(char *)(uintptr_t)address + length - 1, 1};
		if (process_vm_readv(pid, &here, 1, &there, 1, 0) != 1 || !text[length - 1])
			break;
	}
	text[got > 0 ? (size_t)got : size - 1] = '\0';
}

static bool creates(const struct keeper *keeper, const struct __ptrace_syscall_info *info,
		    const char *name)
{
	for (size_t i = 0; i < sizeof(creating_calls) / sizeof(*creating_calls); i++) {
		char path[32] = "";

		if ((long)info->entry.nr != creating_calls[i].number ||
		    !(info->entry.args[creating_calls[i].flags] & O_CREAT))
			continue;
		read_path(keeper->hook->criu, info->entry.args[creating_calls[i].path], path,
			  sizeof(path));
		return !strcmp(path, name);
	}
	return false;
}

static bool lets_tasks_go(const struct __ptrace_syscall_info *info)
{
	switch (info->entry.nr) {
	case SYS_ptrace:
		return info->entry.args[0] == PTRACE_DETACH || info->entry.args[0] == PTRACE_KILL;
	case SYS_kill:
	case SYS_tgkill:
	case SYS_exit_group:
		return true;
	default:
		return false;
	}
}

static void at_system_call(struct keeper *keeper)
{
	struct __ptrace_syscall_info info = {0};

	if (ptrace(PTRACE_GET_SYSCALL_INFO, keeper->hook->criu, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (!keeper->opened) {
		if (!creates(keeper, &info, "files.img"))
			return;
		keeper->opened = true;
		keeper->window = window_open(keeper->hook);
		keeper->done = !keeper->window;
		return;
	}
	if (creates(keeper, &info, "inventory.img")) {
		window_complete(keeper->window);
		keeper->done = !window_holds_others(keeper->window);
	} else if (lets_tasks_go(&info)) {
		window_restore_modes(keeper->window);
		keeper->done = true;
	}
}

/* ---- monitoring ---- */

/*
 * If CRIU is killed while it is stopped, it moves on to the exit stop, which waitpid(2) has not reported yet.
 * Do not resume it from there before packet mode is restored, because its exit releases the tasks.
 */
static bool has_moved_on(const struct keeper *keeper)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)keeper->hook->criu, &info,
		      WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ||
	       info.si_pid;
}

/* Resumes CRIU after a stop, and delivers the signal that stopped it. */
static void go_on(struct keeper *keeper, int status)
{
	pid_t criu = keeper->hook->criu;
	int event = status >> 16, signal = WSTOPSIG(status);

	if (keeper->window && has_moved_on(keeper))
		return;
	if (signal == (SIGTRAP | 0x80) || event == PTRACE_EVENT_EXIT)
		signal = 0;
	if (event == PTRACE_EVENT_STOP) {
		/* A stop by job control lasts until SIGCONT. */
		if (signal != SIGTRAP && !keeper->done) {
			ptrace(PTRACE_LISTEN, criu, NULL, NULL);
			return;
		}
		signal = 0;
	}
	ptrace(keeper->done ? PTRACE_DETACH : PTRACE_SYSCALL, criu, NULL, (void *)(intptr_t)signal);
}

static void watch(struct keeper *keeper)
{
	int status;

	while (!keeper->done) {
		if (waitpid(keeper->hook->criu, &status, __WALL) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			at_system_call(keeper);
		/* The exit of CRIU releases the tasks, but only after this stop. */
		if (status >> 16 == PTRACE_EVENT_EXIT) {
			window_restore_modes(keeper->window);
			keeper->done = true;
		}
		go_on(keeper, status);
	}
	window_close(keeper->window);
}

static int seize(const struct hook *hook)
{
	if (ptrace(PTRACE_SEIZE, hook->criu, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT)) < 0 ||
	    ptrace(PTRACE_INTERRUPT, hook->criu, NULL, NULL) < 0)
		return -1;
	return 0;
}

/*
 * The keeper runs in a new session and blocks all signals, because it must not end before CRIU. Its standard
 * output becomes standard error, which CRIU has open, too.
 */
static void __attribute__((noreturn)) be_keeper(const struct hook *hook, int ready)
{
	struct keeper keeper = {.hook = hook};
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(1);
	if (seize(hook) < 0) {
		hook_say(hook,
			 "cannot trace CRIU: %s; if the tree has packet pipes, CRIU will refuse to "
			 "dump it",
			 strerror(errno));
		_exit(0);
	}
	close(ready);
	watch(&keeper);
	_exit(0);
}

/*
 * If the configuration file is given by RPC, as runc does, CRIU reads it twice, and runs its action script
 * twice.
 */
static bool is_watched(const struct hook *hook)
{
	struct pimg_process criu;
	struct stat keeper, self;
	char path[64];

	if (pimg_process_look(hook->criu, &criu, NULL) < 0 || !criu.tracer)
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/exe", (long)criu.tracer);
	return stat(path, &keeper) == 0 && stat("/proc/self/exe", &self) == 0 &&
	       keeper.st_dev == self.st_dev && keeper.st_ino == self.st_ino;
}

/* Removes the files of an earlier dump in the same directory. */
static int remove_old_files(const struct hook *hook)
{
	static const char *const names[] = {HOOK_STATE_PIPE, HOOK_STATE_FIFO, HOOK_INVENTORY,
					    HOOK_FAILED,     HOOK_PAUSED,     HOOK_LOG};
	bool repaired = window_repair(hook);
	int status = 0;

	for (size_t i = 0; !status && i < sizeof(names) / sizeof(*names); i++)
		status = hook_remove(hook, names[i]);
	if (!status && repaired)
		hook_say(hook, "the keeper of an earlier dump was killed; packet mode of its tasks "
			       "was set again");
	return status;
}

int hook_pre_dump(const struct hook *hook)
{
	struct pollfd readiness = {.events = POLLIN};
	pid_t keeper;
	int ends[2], status;

	if (is_watched(hook))
		return 0;
	status = remove_old_files(hook);
	if (status)
		return status;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return hook_refuse(hook, PIMG_SYSTEM, "cannot create a pipe: %s", strerror(errno));
	keeper = fork();
	if (keeper < 0)
		return hook_refuse(hook, PIMG_SYSTEM, "cannot create a process: %s",
				   strerror(errno));
	if (!keeper) {
		close(ends[0]);
		be_keeper(hook, ends[1]);
	}
	close(ends[1]);
	readiness.fd = ends[0];
	/* The keeper closes its end when it traces CRIU or fails to. */
	while (poll(&readiness, 1, -1) < 0 && errno == EINTR)
		continue;
	close(ends[0]);
	return 0;
}
