/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: taken and given back, its keys, its colours. */
#ifndef TUI_TERMINAL_SCREEN_H
#define TUI_TERMINAL_SCREEN_H

#include <curses.h>
#include <stdbool.h>
#include <stdint.h>

#include "pipeimg.h"
#include "terminal/keys.h"

/* What a text is on the screen, from which follows how it looks. */
enum role {
	ROLE_PLAIN,
	ROLE_TITLE,	   /* of the view that has the keys */
	ROLE_TITLE_OTHER,  /* of the other one */
	ROLE_RULE,	   /* the line that the title stands in */
	ROLE_HEADING,	   /* of columns */
	ROLE_HEADING_SORT, /* of the one that is sorted by */
	ROLE_SELECTED,	   /* the line of the cursor */
	ROLE_SELECTED_OTHER,
	ROLE_PACKET,
	ROLE_STREAM,
	ROLE_DIM,
	ROLE_GOOD,
	ROLE_WARNING,
	ROLE_ALARM,
	ROLE_MATCH, /* what was searched for */
	ROLE_MARK,
	ROLE_KEY,    /* in hints */
	ROLE_NAME,   /* of a JSON member, of a process */
	ROLE_STRING, /* of JSON */
	ROLE_NUMBER,
	ROLE_COUNT,
};

/* Looks whether there is a terminal to take, before anything is read for it. */
int screen_check(struct pimg_error *error);

/*
 * Takes the terminal, after screen_check(): standard output, and for keys standard input or, if that is none, /dev/tty.
 * @color: else only bold, underlined and reverse text
 * Whatever ends the process, the terminal is put back first.
 */
int screen_start(bool color, struct pimg_error *error);
void screen_stop(void);
bool screen_is_started(void);

/* How a role looks. */
attr_t screen_style(enum role role);
/* Whether more than ASCII may be drawn. */
bool screen_has_unicode(void);

/* Not characters, and no codes of curses. */
enum {
	SCREEN_NO_KEY = -1,
	SCREEN_LEAVE = -2,  /* a signal asks the process to end */
	SCREEN_REDRAW = -3, /* another size, or back from a stop */
	SCREEN_MOUSE = -4,
};

/*
 * Waits for a key.
 * @milliseconds: at most; 0 does not wait, a negative number waits for ever
 */
int screen_key(int milliseconds);
/* The same, and SCREEN_NO_KEY as soon as something can be read from input, if that is not -1. */
int screen_key_or(int input, int milliseconds);

/* What the mouse did last; valid after SCREEN_MOUSE. */
struct mouse {
	enum { MOUSE_CLICK, MOUSE_DOUBLE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN } action;
	int row, column;
};

const struct mouse *screen_mouse(void);
/* Whether clicks come here; else the terminal selects text with them. */
void screen_take_mouse(bool take);
bool screen_has_mouse(void);

/*
 * A SIGINT, SIGTERM or SIGHUP came. The first can be forgotten, when it has ended something less than
 * the browser.
 */
bool screen_is_interrupted(void);
void screen_forget_interrupt(void);

/* Asks for a stop, as ^Z does; it comes with the next screen_key(). */
void screen_suspend(void);

/* The whole screen is drawn anew. */
void screen_redraw(void);

/*
 * Writes what the screen shows as text, a line a row, without the blanks at their ends.
 * @replace: as of pimg_write_file()
 */
int screen_save(const char *path, bool replace, struct pimg_error *error);

/*
 * Puts bytes on the clipboard by the terminal's own escape sequence (OSC 52).
 * @base64: of the bytes
 * Returns false if the terminal has none.
 */
bool screen_put_clipboard(const char *base64);

/* A clock for steps of background work and double clicks. */
uint64_t screen_now_ns(void);

#endif
