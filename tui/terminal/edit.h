/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line editor with a history. */
#ifndef TUI_TERMINAL_EDIT_H
#define TUI_TERMINAL_EDIT_H

#include <stddef.h>
#include <wchar.h>

#define EDIT_SIZE    256
#define HISTORY_SIZE 32

/* Earlier lines, the newest first. */
struct history {
	wchar_t *lines[HISTORY_SIZE];
};

void history_add(struct history *history, const wchar_t *line);
void history_clear(struct history *history);

struct edit {
	wchar_t text[EDIT_SIZE];
	size_t length, cursor; /* in characters */
	struct history *history;
	size_t back;		 /* how far back in the history; 0: the new line */
	wchar_t kept[EDIT_SIZE]; /* the new line, while an earlier one is shown */
};

/* @text: the initial text, in the locale's encoding */
void edit_begin(struct edit *edit, struct history *history, const char *text);

enum edit_result {
	EDIT_MORE,
	EDIT_CHANGED,
	EDIT_DONE,
	EDIT_CANCELLED, /* by Esc, or by Backspace in an empty line */
};

/* @key: as returned by screen_key() */
enum edit_result edit_key(struct edit *edit, int key);
/* The line, or its part before the cursor, in the locale's encoding. */
void edit_text(const struct edit *edit, char *text, size_t size);
void edit_text_before(const struct edit *edit, char *text, size_t size);

#endif
