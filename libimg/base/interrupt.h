/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls that a signal handler interrupts.
 *
 * A handler installed without SA_RESTART makes calls that wait fail with EINTR. They are called again,
 * unless the progress callback of the library function that is running asks to stop: then EINTR is the
 * error. A function with a callback announces it while it runs; everything that it calls, at any depth,
 * asks that callback. The announcement ends with the function.
 */
#ifndef LIBIMG_BASE_INTERRUPT_H
#define LIBIMG_BASE_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#include "pipeimg.h"

/* Whom to ask, and whom to ask again once that one is done. */
struct asked {
	struct pimg_progress progress;
	struct asked *outer;
};

/* @asked: on the stack of the function that has the callback. Without progress nothing changes. */
void asked_begin(struct asked *asked, const struct pimg_progress *progress);
void asked_end(struct asked *asked);

/*
 * To the end of the scope, interrupted calls of this thread ask this callback.
 * @progress: may be null: then the one of the function above, if any, stays
 */
#define ASK_WHEN_INTERRUPTED(progress_)                                                            \
	__attribute__((cleanup(asked_end), unused)) struct asked asked_here_ = {};                 \
	asked_begin(&asked_here_, progress_)

/* After a call that failed: true if it was interrupted and is to be called again. Keeps errno. */
bool interrupt_is_to_be_retried(void);

/* The value of a system call that returns -1 with errno set; again and again while it is interrupted. */
#define RETRIED(call)                                                                              \
	({                                                                                         \
		__typeof__(call) retried_;                                                         \
		do                                                                                 \
			retried_ = (call);                                                         \
		while (retried_ == -1 && interrupt_is_to_be_retried());                            \
		retried_;                                                                          \
	})

/*
 * Around what starts a thread: it inherits that all signals are blocked. Handlers are the program's, and
 * run in its own threads; there they interrupt the calls that are to end.
 */
void signals_block_all(sigset_t *before);
void signals_unblock(const sigset_t *before);

#endif
