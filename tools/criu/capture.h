/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures the queue of a pipe without an effect on processes outside the dumped tree. */
#ifndef TOOLS_CRIU_CAPTURE_H
#define TOOLS_CRIU_CAPTURE_H

#include "criu/files.h"

/*
 * @needed: the queue must be saved, whatever is in it
 * Returns 0 and sets queue, or an exit status after printing an error. The queue is null if it is not needed and CRIU
 * does not save it either.
 */
int capture_pipe(const struct hook *hook, const struct pimg_live *live, size_t index, bool needed,
		 struct pimg_queue **queue);

#endif
