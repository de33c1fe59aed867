/* SPDX-License-Identifier: GPL-2.0-or-later */
/* While CRIU looks at the descriptors of frozen tasks. */
#ifndef TOOLS_CRIU_WINDOW_H
#define TOOLS_CRIU_WINDOW_H

#include "criu/files.h"

struct window;
/*
 * To be called with all tasks frozen: takes packet mode from their ends, and stops who could notice.
 * Returns null after saying why that cannot be; or if there is nothing to do.
 */
struct window *window_open(const struct hook *hook);
/* Gives packet mode back; others stay stopped. */
void window_restore_modes(struct window *window);
/* The same, when CRIU has looked at all: the dump fails if anything was not as it should have been. */
void window_complete(struct window *window);
/* Lets them go on. True if there are any. */
bool window_holds_others(const struct window *window);
void window_close(struct window *window);

/* Sets packet mode again of what a keeper left that was killed. True if there was something. */
bool window_repair(const struct hook *hook);

#endif
