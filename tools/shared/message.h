/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on standard error, and interruption by signals. */
#ifndef TOOLS_SHARED_MESSAGE_H
#define TOOLS_SHARED_MESSAGE_H

#include "pipeimg.h"

/* "pipeimg: FILE: record 17 (pipe 4711) at 0x1f40: …". Returns the error's exit status. */
int complain(const struct pimg_error *error);

/*
 * "pipeimg: …". Control characters are escaped, because names come from files and processes.
 * Returns status, as the exit status of the command.
 */
int refuse(enum pimg_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "pipeimg: …". Silent with --quiet. */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Only with --verbose. */
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on, SIGINT, SIGTERM and SIGHUP only make interrupted() true and make blocking calls fail with
 * EINTR, also those that start after the signal. The command can then clean up.
 */
void catch_interrupts(void);
bool interrupted(void);
/* Prints no progress, but stops the work when interrupted. */
extern const struct pimg_progress until_interrupted;
/* Restores the default actions, before another program runs in this process. */
void release_interrupts(void);

/*
 * Ends an interrupted program by the same signal, after cleanup: a shell continues its loop unless the command
 * was killed by the signal that was sent to both. Returns status if the program was not interrupted.
 */
int end_by_signal(int status);

/* Flushes standard output. Returns status, or PIMG_SYSTEM if writing failed. */
int finish_output(int status);

/*
 * A pimg_progress_fn: draws a progress bar for longer work if standard error is a terminal, and stops the work
 * when interrupted.
 */
struct progress {
	const char *label;
	uint64_t started_ns, drawn_ns;
	bool drawn;
};

int show_progress(void *progress, uint64_t done, uint64_t total);
/* Erases the bar. */
void end_progress(struct progress *progress);

#endif
