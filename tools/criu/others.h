/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes outside of the tree that have its packet pipes open too. */
#ifndef TOOLS_CRIU_OTHERS_H
#define TOOLS_CRIU_OTHERS_H

#include "criu/tree.h"

/* Those that were stopped, or null. */
struct others;
/*
 * Stops them. One that was seen may have started others before it stopped, which have its ends: only a look
 * that finds nobody else ends it, and the tree is then as that look saw it.
 * Returns 0, or another number after saying why that cannot be.
 */
int others_stop(const struct hook *hook, struct tree *tree, struct others **others);
/* Makes the dump fail if there are more by now. @ours: a process that is to be among them */
void others_look_again(const struct hook *hook, struct tree *tree, struct others *others,
		       pid_t ours);
/* Lets them go on. */
void others_release(struct others *others);
/* Whether an end of a pipe is in packet mode, or any packet is in it. */
bool pipe_has_packets(const struct tree *tree, size_t index);

#endif
