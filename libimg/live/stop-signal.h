/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_LIVE_STOP_SIGNAL_H
#define LIBIMG_LIVE_STOP_SIGNAL_H

#include <sys/types.h>

/* The name of a thread while it asks. */
#define STOP_SIGNAL_ASKER "pipeimg-asks"

/*
 * Asks a stopped process which signal stopped it, by ptrace(2).
 * Returns the signal; 0 if the process is not stopped at this moment; or -1 if it cannot be traced, because of
 * missing rights or because somebody else traces it.
 */
int stop_signal_ask(pid_t pid);

#endif
