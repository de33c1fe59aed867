/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals while the terminal is taken: asked for between keys, or when the process dies. */
#ifndef TUI_TERMINAL_SIGNALS_H
#define TUI_TERMINAL_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Keeps what puts the terminal back. To be called before curses changes it. */
void signals_remember_terminal(int fd);

/* From now on; until signals_release(), which sets what was before. */
void signals_catch(void);
void signals_release(void);

/* Another size of the terminal ends no read or write. To be called once curses has been started. */
void signals_restart_reads(void);

/* SIGINT, SIGTERM or SIGHUP came; only the first of them can be forgotten. */
bool signals_interrupted(void);
void signals_forget_interrupt(void);
/* SIGTSTP came, SIGCONT came; each is told once. */
bool signals_take_stop(void);
bool signals_take_continue(void);

/* Stops the process as SIGTSTP does if nobody catches it. Returns once it is continued. */
void signals_stop_process(void);

/* Blocks the signals that are asked for; before is set to the mask for the time of a wait. */
void signals_block(sigset_t *before);

#endif
