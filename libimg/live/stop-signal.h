/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_LIVE_STOP_SIGNAL_H
#define LIBIMG_LIVE_STOP_SIGNAL_H

#include "pipeimg-private.h"

/*
 * Asks a stopped process which signal stopped it, by ptrace(2).
 * Returns the signal; 0 if the process is not stopped at this moment; or -1 if it cannot be traced, because of
 * missing rights or because somebody else traces it.
 */
int stop_signal_ask(pid_t pid);

/*
 * Whether a process is traced by somebody who asks for that signal, in this program or another. For that moment the
 * process may appear to run or to be traced, and other attempts to trace it fail.
 * @comm: set to the name of the thread that traces it; empty if none does
 */
bool tracer_is_asking(const struct pimg_process *process, char comm[32]);

/*
 * After an attempt to trace a process failed: waits a moment, unless this user may not trace it at all or somebody
 * traces it for longer than a moment.
 * @process: as it is after the attempt
 * @tries: how often this was asked; 0 at first
 * Returns whether it is worth another attempt.
 */
bool tracer_lets_go(const struct pimg_process *process, int *tries);

#endif
