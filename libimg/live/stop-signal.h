/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_LIVE_STOP_SIGNAL_H
#define LIBIMG_LIVE_STOP_SIGNAL_H

#include <sys/types.h>

/*
 * Asks a stopped process which signal stopped it, by ptrace(2).
 * Returns the signal, or 0 if the process is not stopped or may not be traced.
 */
int stop_signal_ask(pid_t pid);

#endif
