/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom, found from the threads that wait on pipes and the holders of the other ends. */
#ifndef TUI_DATA_BLOCKING_H
#define TUI_DATA_BLOCKING_H

#include "data/live-look.h"

/* "STUCK", "full": a word for each state, so that no colour is needed. */
const char *blocking_state_name(enum live_state state);
/* The same for a pipe; if it is halted: "stopped", "traced" or "frozen". */
const char *blocking_word(const struct live_pipe *pipe);
/* "stopped", "traced" or "frozen": the first that applies. */
const char *blocking_halt_name(const struct pimg_halt *halt);
/* The state of a pipe from its fill level, waits and ends. Only a later look can show that it is stuck. */
enum live_state blocking_state(const struct live_pipe *pipe);

/* Whether the writer of a full pipe has apparently waited without success since an earlier look. */
bool blocking_goes_on(const struct live_pipe *pipe, const struct live_pipe *before);

/* Whether a thread waits for what the pipe lacks: room if it is full, bytes if it is empty. */
bool blocking_waits(const struct live_pipe *pipe);

/*
 * Why one side of a pipe on which nobody waits is idle: none of the processes that read it, or none of
 * those that write to it, runs. Null if some do, or if the state of the pipe says more.
 */
const struct pimg_halt *blocking_halt(const struct live_look *look, const struct live_pipe *pipe);
/* Why a process does not run; null if it runs. */
const struct pimg_halt *blocking_halt_of(const struct live_look *look, uint32_t pid);

/*
 * Writes "writer[12] waits for reader[13], which waits for last[14]": the chain from the first thread that
 * waits on a pipe to the one that waits on none, as long as each wait has only one process that could end
 * it. The chain ends with ": deadlock" if it is circular, or at a process that does not run: "which is
 * stopped by SIGTSTP". If nobody waits, writes which of the pipe's processes do not run, if any. Names can
 * contain any bytes.
 * @size: bytes at text, which is always terminated
 */
void blocking_explain(const struct live_look *look, size_t pipe, char *text, size_t size);

#endif
