// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/edit.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "terminal/keys.h"

#define CONTROL(letter) ((letter)&0x1f)

/* ---- history ---- */

void history_add(struct history *history, const wchar_t *line)
{
	wchar_t *copy;
	size_t at = 0;

	if (!*line)
		return;
	/* A repeated line becomes the newest one. */
	while (at < HISTORY_SIZE - 1 && history->lines[at] && wcscmp(history->lines[at], line))
		at++;
	copy = wcsdup(line);
	if (!copy)
		return;
	free(history->lines[at]);
	memmove(history->lines + 1, history->lines, at * sizeof(*history->lines));
	history->lines[0] = copy;
}

void history_clear(struct history *history)
{
	for (size_t i = 0; i < HISTORY_SIZE; i++)
		free(history->lines[i]);
	memset(history, 0, sizeof(*history));
}

static void show_line(struct edit *edit, const wchar_t *line)
{
	wcsncpy(edit->text, line, EDIT_SIZE - 1);
	edit->text[EDIT_SIZE - 1] = L'\0';
	edit->length = edit->cursor = wcslen(edit->text);
}

static void older(struct edit *edit)
{
	if (!edit->history || edit->back >= HISTORY_SIZE || !edit->history->lines[edit->back])
		return;
	if (!edit->back)
		wcscpy(edit->kept, edit->text);
	show_line(edit, edit->history->lines[edit->back++]);
}

static void newer(struct edit *edit)
{
	if (!edit->back)
		return;
	edit->back--;
	show_line(edit, edit->back ? edit->history->lines[edit->back - 1] : edit->kept);
}

/* ---- editing ---- */

static void remove_range(struct edit *edit, size_t from, size_t end)
{
	wmemmove(edit->text + from, edit->text + end, edit->length - end + 1);
	edit->length -= end - from;
	edit->cursor = from;
}

static void insert(struct edit *edit, wchar_t character)
{
	if (edit->length + 1 >= EDIT_SIZE)
		return;
	wmemmove(edit->text + edit->cursor + 1, edit->text + edit->cursor,
		 edit->length - edit->cursor + 1);
	edit->text[edit->cursor++] = character;
	edit->length++;
}

static void delete_before(struct edit *edit)
{
	if (edit->cursor)
		remove_range(edit, edit->cursor - 1, edit->cursor);
}

static void delete_here(struct edit *edit)
{
	if (edit->cursor < edit->length)
		remove_range(edit, edit->cursor, edit->cursor + 1);
}

static void delete_word(struct edit *edit)
{
	size_t from = edit->cursor;

	while (from && iswspace((wint_t)edit->text[from - 1]))
		from--;
	while (from && !iswspace((wint_t)edit->text[from - 1]))
		from--;
	remove_range(edit, from, edit->cursor);
}

static void delete_to_start(struct edit *edit)
{
	remove_range(edit, 0, edit->cursor);
}

static void delete_to_end(struct edit *edit)
{
	remove_range(edit, edit->cursor, edit->length);
}

static void to_left(struct edit *edit)
{
	if (edit->cursor)
		edit->cursor--;
}

static void to_right(struct edit *edit)
{
	if (edit->cursor < edit->length)
		edit->cursor++;
}

static void to_start(struct edit *edit)
{
	edit->cursor = 0;
}

static void to_end(struct edit *edit)
{
	edit->cursor = edit->length;
}

static const struct {
	int key;
	void (*act)(struct edit *edit);
} actions[] = {
	{KEY_CODE + KEY_BACKSPACE, delete_before},
	{KEY_CODE + KEY_DC, delete_here},
	{CONTROL('D'), delete_here},
	{CONTROL('W'), delete_word},
	{CONTROL('U'), delete_to_start},
	{CONTROL('K'), delete_to_end},
	{KEY_CODE + KEY_LEFT, to_left},
	{CONTROL('B'), to_left},
	{KEY_CODE + KEY_RIGHT, to_right},
	{CONTROL('F'), to_right},
	{KEY_CODE + KEY_HOME, to_start},
	{CONTROL('A'), to_start},
	{KEY_CODE + KEY_END, to_end},
	{CONTROL('E'), to_end},
	{KEY_CODE + KEY_UP, older},
	{CONTROL('P'), older},
	{KEY_CODE + KEY_DOWN, newer},
	{CONTROL('N'), newer},
};

enum edit_result edit_key(struct edit *edit, int key)
{
	wchar_t before[EDIT_SIZE];

	wcscpy(before, edit->text);
	if (key == '\r')
		return EDIT_DONE;
	if (key == KEY_ESCAPE || key == CONTROL('G') ||
	    (key == KEY_CODE + KEY_BACKSPACE && !edit->length))
		return EDIT_CANCELLED;
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (actions[i].key == key)
			actions[i].act(edit);
	}
	if (key > 0 && key < KEY_CODE && iswprint((wint_t)key))
		insert(edit, (wchar_t)key);
	return wcscmp(before, edit->text) ? EDIT_CHANGED : EDIT_MORE;
}

void edit_begin(struct edit *edit, struct history *history, const char *text)
{
	size_t length;

	memset(edit, 0, sizeof(*edit));
	edit->history = history;
	length = mbstowcs(edit->text, text, EDIT_SIZE - 1);
	/* Text that is invalid in the locale cannot be edited. */
	if (length == (size_t)-1)
		length = 0;
	edit->text[length] = L'\0';
	edit->length = edit->cursor = length;
}

static void to_text(const wchar_t *from, char *text, size_t size)
{
	size_t length = wcstombs(text, from, size - 1);

	text[length == (size_t)-1 ? 0 : length] = '\0';
}

void edit_text(const struct edit *edit, char *text, size_t size)
{
	to_text(edit->text, text, size);
}

void edit_text_before(const struct edit *edit, char *text, size_t size)
{
	wchar_t before[EDIT_SIZE];

	wmemcpy(before, edit->text, edit->cursor);
	before[edit->cursor] = L'\0';
	to_text(before, text, size);
}
