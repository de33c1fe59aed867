// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>

/* The innermost callback among the functions that this thread is in. */
static _Thread_local struct asked *innermost;

void asked_begin(struct asked *asked, const struct pimg_progress *progress)
{
	asked->outer = innermost;
	if (!progress || !progress->report)
		return;
	asked->progress = *progress;
	innermost = asked;
}

void asked_end(struct asked *asked)
{
	innermost = asked->outer;
}

bool interrupt_is_to_be_retried(void)
{
	struct asked *asked = innermost;
	bool stops;

	if (errno != EINTR)
		return false;
	if (!asked)
		return true;
	/* Calls that the callback itself makes must not ask it again. */
	innermost = NULL;
	stops = asked->progress.report(asked->progress.context, 0, 0);
	innermost = asked;
	errno = EINTR;
	return !stops;
}

void signals_block_all(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

void signals_unblock(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}
