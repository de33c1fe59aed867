/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls that a signal handler interrupts.
 *
 * A handler installed without SA_RESTART makes blocking calls fail with EINTR. Such a call is repeated,
 * unless the progress callback of the running library function asks to stop: then EINTR is the error. A
 * function with a callback registers it while it runs; everything that it calls, at any depth, asks that
 * callback.
 */
#ifndef LIBIMG_BASE_INTERRUPT_H
#define LIBIMG_BASE_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#include "pipeimg.h"

/* The callback to ask, and the one to ask again after this one ends. */
struct asked {
	struct pimg_progress progress;
	struct asked *outer;
};

/* @asked: on the stack of the function that has the callback. Without progress, nothing changes. */
void asked_begin(struct asked *asked, const struct pimg_progress *progress);
void asked_end(struct asked *asked);

/*
 * Until the end of the scope, interrupted calls of this thread ask this callback.
 * @progress: may be null: then the calling function's callback, if any, stays in use
 */
#define ASK_WHEN_INTERRUPTED(progress_)                                                            \
	__attribute__((cleanup(asked_end), unused)) struct asked asked_here_ = {};                 \
	asked_begin(&asked_here_, progress_)

/* After a failed call: true if it was interrupted and must be repeated. Keeps errno. */
bool interrupt_is_to_be_retried(void);

/* The value of a system call that returns -1 and sets errno; repeats the call while it is interrupted. */
#define RETRIED(call)                                                                              \
	({                                                                                         \
		__typeof__(call) retried_;                                                         \
		do                                                                                 \
			retried_ = (call);                                                         \
		while (retried_ == -1 && interrupt_is_to_be_retried());                            \
		retried_;                                                                          \
	})

/*
 * For use around the start of a thread, which then inherits a mask that blocks all signals. Handlers belong
 * to the program and must run in that program's threads, where they interrupt the calls that are to end.
 */
void signals_block_all(sigset_t *before);
void signals_unblock(const sigset_t *before);

#endif
