/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals while the browser uses the terminal: handled between keys, or when the process dies. */
#ifndef TUI_TERMINAL_SIGNALS_H
#define TUI_TERMINAL_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Saves what is needed to restore the terminal. To be called before curses changes it. */
void signals_remember_terminal(int fd);

/* Installs the handlers; signals_release() restores the previous ones. */
void signals_catch(void);
void signals_release(void);

/* Lets SIGWINCH restart reads and writes. To be called after curses has been started. */
void signals_restart_reads(void);

/* Whether SIGINT, SIGTERM or SIGHUP arrived. Only SIGINT can be forgotten. */
bool signals_interrupted(void);
void signals_forget_interrupt(void);
/* Whether SIGTSTP or SIGCONT arrived since the last call. */
bool signals_take_stop(void);
bool signals_take_continue(void);

/* Stops the process as an uncaught SIGTSTP does. Returns when it is continued. */
void signals_stop_process(void);

/* Blocks the handled signals; before is set to the mask to use while waiting. */
void signals_block(sigset_t *before);

#endif
