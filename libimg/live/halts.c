// SPDX-License-Identifier: LGPL-2.1-or-later
/* Processes that do not run, whatever they wait for: stopped, held by a tracer, frozen. */
#include "live/halts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/freezer.h"
#include "live/proc-file.h"
#include "live/procfs.h"
#include "live/stop-signal.h"
#include "pipeimg-private.h"

static const struct {
	int number;
	const char *name;
} stop_signals[] = {
	{SIGSTOP, "SIGSTOP"},
	{SIGTSTP, "SIGTSTP"},
	{SIGTTIN, "SIGTTIN"},
	{SIGTTOU, "SIGTTOU"},
};

const char *pimg_stop_signal_name(int number)
{
	for (size_t i = 0; i < sizeof(stop_signals) / sizeof(*stop_signals); i++) {
		if (stop_signals[i].number == number)
			return stop_signals[i].name;
	}
	return NULL;
}

/*
 * The last field of /proc/PID/stat is the signal until the parent collects it, which a shell does
 * immediately.
 */
static int signal_in_stat(pid_t pid)
{
	char path[64], text[1024], *field;
	int number;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (procfs_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	field = strrchr(text, ' ');
	number = field ? (int)strtol(field, NULL, 10) : 0;
	return pimg_stop_signal_name(number) ? number : 0;
}

/* Returns the signal; 0 if permission is denied; or -1 if the process runs again. */
static int ask_for_signal(pid_t pid)
{
	struct pimg_process process;
	int tries = 0;

	do {
		int number = stop_signal_ask(pid);

		if (number > 0)
			return number;
		/* While another process asks, it seems to run. */
		if (pimg_process_look(pid, &process, NULL) < 0 || !strchr("TtR", process.state))
			return -1;
	} while (tracer_lets_go(&process, &tries));
	return process.state == 'R' ? -1 : 0;
}

/* A process that is also frozen cannot answer a tracer. */
static void look_at_stop(pid_t pid, struct pimg_halt *halt)
{
	int number = signal_in_stat(pid);

	if (!number && !halt->frozen)
		number = ask_for_signal(pid);
	halt->stopped = number >= 0;
	halt->signal = pimg_stop_signal_name(number) ? number : 0;
}

/* Returns the current state of the process. */
static char look_at_tracer(pid_t pid, struct pimg_halt *halt)
{
	struct pimg_process process;
	int tries = 0;

	do {
		if (pimg_process_look(pid, &process, NULL) < 0)
			return 0;
	} while (process.state == 't' && tracer_lets_go(&process, &tries));
	if (process.state == 't') {
		halt->traced = true;
		halt->tracer = process.tracer;
		tracer_is_asking(&process, halt->tracer_comm);
	}
	return process.state;
}

static bool is_in_frozen_group(struct pimg_live *live, pid_t pid)
{
	if (!live->freezer_known)
		live->freezer = freezer_open();
	live->freezer_known = true;
	return freezer_holds(live->freezer, pid);
}

/* @state: of the thread, from /proc/PID/stat */
static void look_at_state(pid_t tid, char state, struct pimg_halt *halt)
{
	if (state == 't')
		state = look_at_tracer(tid, halt);
	if (state == 'T')
		look_at_stop(tid, halt);
	else if (state == 'D' && halt->frozen && signal_in_stat(tid))
		look_at_stop(tid, halt); /* the freezer of cgroup v1 has a separate state */
}

static bool is_any(const struct pimg_halt *halt)
{
	return halt->stopped || halt->traced || halt->frozen;
}

const struct pimg_halt *pimg_live_halt(struct pimg_live *live, pid_t pid)
{
	struct process *process = process_find(live, pid);

	if (!process)
		return NULL;
	if (!process->halt_known) {
		process->halt_known = true;
		process->halt.frozen = is_in_frozen_group(live, pid);
		look_at_state(pid, process->state, &process->halt);
	}
	return is_any(&process->halt) ? &process->halt : NULL;
}

bool halts_thread(struct pimg_live *live, const struct pimg_wait *wait, char state)
{
	struct process *process = process_find(live, (pid_t)wait->pid);

	if (pimg_live_halt(live, (pid_t)wait->pid))
		return true;
	if (!process || (state != 't' && state != 'T'))
		return false;
	/* A debugger can hold a single thread, or the process was stopped in the meantime. */
	look_at_state((pid_t)wait->tid, state, &process->halt);
	return true;
}

/* ---- as text ---- */

static void say_stop(const struct pimg_halt *halt, char *text, size_t size)
{
	const char *name = pimg_stop_signal_name(halt->signal);

	if (name)
		snprintf(text, size, "stopped by %s", name);
	else
		snprintf(text, size, "stopped (signal unknown: permission denied)");
}

static void say_trace(const struct pimg_halt *halt, char *text, size_t size)
{
	if (halt->tracer)
		snprintf(text, size, "held by its tracer %s[%ld]", halt->tracer_comm,
			 (long)halt->tracer);
	else
		snprintf(text, size, "held by a tracer in another PID namespace");
}

void pimg_halt_describe(const struct pimg_halt *halt, char *text, size_t size)
{
	char stop[64] = "", trace[96] = "";

	if (halt->stopped)
		say_stop(halt, stop, sizeof(stop));
	if (halt->traced)
		say_trace(halt, trace, sizeof(trace));
	snprintf(text, size, "%s%s%s%s%s", stop, *stop && *trace ? " and " : "", trace,
		 (*stop || *trace) && halt->frozen ? " and " : "",
		 halt->frozen ? "frozen with its cgroup" : "");
}
