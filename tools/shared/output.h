/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard output that remembers why a write failed. A stream only reports that one failed, and at the end
 * of the command errno is that of some later call.
 */
#ifndef TOOLS_SHARED_OUTPUT_H
#define TOOLS_SHARED_OUTPUT_H

/* From now on stdout notes the errno of the first write that fails. */
void output_start(void);
/* Makes stdout the stream of its descriptor again, for those who need to know that. */
void output_release(void);
/* Writes out what is held back. Returns 0, or the errno of the first write that failed. */
int output_finish(void);

#endif
