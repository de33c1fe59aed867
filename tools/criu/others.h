/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes outside the tree that have its packet pipes open. */
#ifndef TOOLS_CRIU_OTHERS_H
#define TOOLS_CRIU_OTHERS_H

#include "criu/tree.h"

/* The stopped processes, or null. */
struct others;
/*
 * Stops the processes. A process can start others that inherit its ends before it is stopped, so the scan is
 * repeated until it finds no new process. The tree is then that of the last scan.
 * Returns 0, or another value after printing an error.
 */
int others_stop(const struct hook *hook, struct tree *tree, struct others **others);
/* Makes the dump fail if new processes have an end. @ours: a process to ignore */
void others_look_again(const struct hook *hook, struct tree *tree, struct others *others,
		       pid_t ours);
/* Resumes the processes. */
void others_release(struct others *others);
/* True if an end of the pipe is in packet mode, or the pipe contains a packet. */
bool pipe_has_packets(const struct tree *tree, size_t index);

#endif
