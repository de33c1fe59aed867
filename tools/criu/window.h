/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window in which CRIU inspects the descriptors of the frozen tasks. */
#ifndef TOOLS_CRIU_WINDOW_H
#define TOOLS_CRIU_WINDOW_H

#include "criu/files.h"

struct window;
/*
 * Turns off packet mode of the ends of the tasks, which must be frozen, and stops processes that could notice.
 * Returns null if there is nothing to do, or after printing an error.
 */
struct window *window_open(const struct hook *hook);
/* Turns packet mode on again; the other processes stay stopped. */
void window_restore_modes(struct window *window);
/* The same, after CRIU has inspected all descriptors. Makes the dump fail if another process could have written. */
void window_complete(struct window *window);
/* True if other processes are stopped. */
bool window_holds_others(const struct window *window);
/* Also resumes the other processes. */
void window_close(struct window *window);

/* Sets packet mode again on ends that a killed keeper left without it. Returns true if a keeper was killed. */
bool window_repair(const struct hook *hook);

#endif
