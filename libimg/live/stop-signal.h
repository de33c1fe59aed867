/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_LIVE_STOP_SIGNAL_H
#define LIBIMG_LIVE_STOP_SIGNAL_H

#include "pipeimg-private.h"

/*
 * Asks a stopped process which signal stopped it, with ptrace(2).
 * Returns the signal; 0 if the process is not stopped at this moment; or -1 if it cannot be traced, because
 * of missing rights or because another process is tracing it.
 */
int stop_signal_ask(pid_t pid);

/*
 * Whether the process is being traced only to ask for that signal, by this program or another. Meanwhile
 * the process may appear to run or to be traced, and other attempts to trace it fail.
 * @comm: set to the name of the thread that traces it; empty if none does
 */
bool tracer_is_asking(const struct pimg_process *process, char comm[32]);

/*
 * After a failed attempt to trace a process: waits a moment, unless this user may not trace it at all or
 * its tracer is not just asking.
 * @process: as it is after the attempt
 * @tries: number of calls so far; 0 at first
 * Returns whether another attempt makes sense.
 */
bool tracer_lets_go(const struct pimg_process *process, int *tries);

#endif
