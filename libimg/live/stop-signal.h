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
 * Whether a process is traced by somebody who asks for that signal, in this program or another. That lasts for a
 * moment, in which the process seems to run, to be traced, or not to be theirs who ask or stop it too.
 * @comm: set to the name of the thread that traces it; empty if none does
 */
bool tracer_asks(const struct pimg_process *process, char comm[32]);

#endif
