/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: setup and restore, keys, colours. */
#ifndef TUI_TERMINAL_SCREEN_H
#define TUI_TERMINAL_SCREEN_H

#include <curses.h>
#include <stdbool.h>
#include <stdint.h>

#include "pipeimg.h"
#include "terminal/keys.h"

/* The role of a text on the screen, which determines its style. */
enum role {
	ROLE_PLAIN,
	ROLE_TITLE,	   /* of the focused view */
	ROLE_TITLE_OTHER,  /* of the other one */
	ROLE_RULE,	   /* the line that contains the title */
	ROLE_HEADING,	   /* of columns */
	ROLE_HEADING_SORT, /* of the column sorted by */
	ROLE_SELECTED,	   /* the line of the cursor */
	ROLE_SELECTED_OTHER,
	ROLE_PACKET,
	ROLE_STREAM,
	ROLE_DIM,
	ROLE_GOOD,
	ROLE_WARNING,
	ROLE_ALARM,
	ROLE_MATCH, /* a match of the search */
	ROLE_MARK,
	ROLE_KEY,    /* in hints */
	ROLE_NAME,   /* of a JSON member, of a process */
	ROLE_STRING, /* of JSON */
	ROLE_NUMBER,
	ROLE_COUNT,
};

/* Checks that there is a usable terminal, before anything is read. */
int screen_check(struct pimg_error *error);

/*
 * Sets up the terminal, after screen_check(): standard output, and for keys standard input or, if that is not a
 * terminal, /dev/tty. Whatever ends the process, the terminal is restored first.
 * @color: if false, only bold, underlined and reverse text
 */
int screen_start(bool color, struct pimg_error *error);
void screen_stop(void);
bool screen_is_started(void);

/* The style of a role. */
attr_t screen_style(enum role role);
/* Whether more than ASCII may be drawn. */
bool screen_has_unicode(void);

/* Neither characters nor curses codes. */
enum {
	SCREEN_NO_KEY = -1,
	SCREEN_LEAVE = -2,  /* a signal asks the process to end */
	SCREEN_REDRAW = -3, /* the size changed, or the process continued after a stop */
	SCREEN_MOUSE = -4,
};

/*
 * Waits for a key.
 * @milliseconds: at most; 0 does not wait, a negative number waits for ever
 */
int screen_key(int milliseconds);
/* The same, but returns SCREEN_NO_KEY as soon as input is readable. @input: or -1 */
int screen_key_or(int input, int milliseconds);

/* Whether a key or a signal is waiting for screen_key(). */
bool screen_has_key(void);

/* The last mouse action; valid after SCREEN_MOUSE. */
struct mouse {
	enum { MOUSE_CLICK, MOUSE_DOUBLE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN } action;
	int row, column;
};

const struct mouse *screen_mouse(void);
/* Turns mouse reports on or off; without them, the terminal uses clicks to select text. */
void screen_take_mouse(bool take);
bool screen_has_mouse(void);

/*
 * Whether SIGINT, SIGTERM or SIGHUP arrived. A SIGINT can be forgotten if it only ended something within
 * the browser.
 */
bool screen_is_interrupted(void);
void screen_forget_interrupt(void);

/* Stops like ^Z, in the next screen_key(). */
void screen_suspend(void);

/* Redraws the complete screen. */
void screen_redraw(void);

/*
 * Writes the screen as text, one line for each row, without trailing blanks.
 * @replace: as for pimg_write_file()
 */
int screen_save(const char *path, bool replace, struct pimg_error *error);

/*
 * Copies bytes to the clipboard by the terminal's escape sequence (OSC 52).
 * @base64: the encoded bytes
 * Returns false if the terminal does not support it.
 */
bool screen_put_clipboard(const char *base64);

/* A clock for background work and double clicks. */
uint64_t screen_now_ns(void);

#endif
