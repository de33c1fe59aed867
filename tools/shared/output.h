/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard output that remembers why a write failed. ferror(3) only tells that a write failed, and by the end
 * of the command, errno has been overwritten.
 */
#ifndef TOOLS_SHARED_OUTPUT_H
#define TOOLS_SHARED_OUTPUT_H

/* Makes stdout record the errno of the first write that fails. */
void output_start(void);
/* Makes stdout a stream with a file descriptor again, for fileno(3). */
void output_release(void);
/* Flushes and closes stdout. Returns 0, or the errno of the first write that failed. */
int output_finish(void);

#endif
