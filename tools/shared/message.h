/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said on standard error, and interruption. */
#ifndef TOOLS_SHARED_MESSAGE_H
#define TOOLS_SHARED_MESSAGE_H

#include "pipeimg.h"

/* "pipeimg: FILE: record 17 (pipe 4711) at 0x1f40: …". Returns the error's exit status. */
int complain(const struct pimg_error *error);

/*
 * "pipeimg: …", with what could control a terminal escaped: names come from files and processes.
 * Returns status, for the command to end with.
 */
int refuse(enum pimg_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "pipeimg: …". Silent with --quiet. */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Only with --verbose. */
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on SIGINT, SIGTERM and SIGHUP only make interrupted() true, and every blocking call fail
 * with EINTR, those too that begin after the signal, so that what was begun is cleaned up.
 */
void catch_interrupts(void);
bool interrupted(void);
/* Shows nothing, and stops the work when interrupted. */
extern const struct pimg_progress until_interrupted;
/* Back to the usual, before another program runs in this process. */
void release_interrupts(void);

/*
 * A shell goes on with its loop unless the command died of the signal that was sent to both: so, once
 * all is cleaned up, who was interrupted does. Returns status where nothing was.
 */
int end_by_signal(int status);

/* Ends the output: what could not be written is an error. Returns status, or PIMG_SYSTEM. */
int finish_output(int status);

/*
 * A pimg_progress_fn: draws a bar on standard error if that is a terminal and the work lasts;
 * stops the work when interrupted.
 */
struct progress {
	const char *label;
	uint64_t started_ns, drawn_ns;
	bool drawn;
};

int show_progress(void *progress, uint64_t done, uint64_t total);
/* Wipes the bar. */
void end_progress(struct progress *progress);

#endif
