/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom: from the threads that wait on pipes, and from who holds the other ends. */
#ifndef TUI_DATA_BLOCKING_H
#define TUI_DATA_BLOCKING_H

#include "data/live-look.h"

/* "STUCK", "full": a word for each state, so that no colour is needed. */
const char *blocking_state_name(enum live_state state);
/* The same for a pipe: of one that is halted "stopped", "traced" or "frozen". */
const char *blocking_word(const struct live_pipe *pipe);
/* "stopped", "traced" or "frozen": the first of these that is so. */
const char *blocking_halt_name(const struct pimg_halt *halt);
/* How a pipe is, from its fill, waits and ends; that it is stuck, only a later look can tell. */
enum live_state blocking_state(const struct live_pipe *pipe);

/* Whether a full pipe's writer waits in vain since an earlier look, as far as can be seen. */
bool blocking_goes_on(const struct live_pipe *pipe, const struct live_pipe *before);

/* Whether somebody waits on a pipe for what it is about: for room in a full one, for bytes in an empty one. */
bool blocking_waits(const struct live_pipe *pipe);

/*
 * Why nothing goes on at one side of a pipe on which nobody waits: none of the processes that read it, or
 * none of those that write to it, runs. Null where that is not so, or the state of the pipe says more.
 */
const struct pimg_halt *blocking_halt(const struct live_look *look, const struct live_pipe *pipe);
/* Why a process does not run, or null. */
const struct pimg_halt *blocking_halt_of(const struct live_look *look, uint32_t pid);

/*
 * Writes "writer[12] waits for reader[13], which waits for last[14]": from the first thread that waits on
 * a pipe on to the one that does not wait on any, as far as there is just one that could go on. A circle
 * is said to be one, and a process that does not run ends it: "which is stopped by SIGTSTP". If nobody
 * waits, writes who of the pipe's processes do not run, if any. Names can have any bytes.
 * @size: bytes at text, which is always terminated
 */
void blocking_explain(const struct live_look *look, size_t pipe, char *text, size_t size);

#endif
