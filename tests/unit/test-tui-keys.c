// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys, requests and line editing. */
#include <curses.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/terminal/edit.h"
#include "tui/terminal/keys.h"

/* ---- keys ---- */

static void keys_have_the_names_printed_on_them(void **state)
{
	(void)state;
	assert_int_equal(key_by_name("j", 1), 'j');
	assert_int_equal(key_by_name("^D", 2), 4);
	assert_int_equal(key_by_name("^Z", 2), 26);
	assert_int_equal(key_by_name("F10", 3), KEY_CODE + KEY_F(10));
	assert_int_equal(key_by_name("PgUp", 4), KEY_CODE + KEY_PPAGE);
	assert_int_equal(key_by_name("Enter", 5), '\r');
	assert_int_equal(key_by_name("Nothing", 7), -1);
}

/* Calls back for each key of the table. */
static void each_key(void (*see)(const struct request_line *line, const char *key, size_t length))
{
	for (size_t i = 0; i < request_line_count(); i++) {
		const char *keys = request_line(i)->keys;

		while (keys && *keys) {
			size_t length = strcspn(keys, " ");

			see(request_line(i), keys, length);
			keys += length + (keys[length] == ' ');
		}
	}
}

static void see_key(const struct request_line *line, const char *key, size_t length)
{
	int code = key_by_name(key, length);

	if (code < 0)
		fail_msg("%s: no key is called %.*s", line->name, (int)length, key);
	if (request_by_key(code) != line->request)
		fail_msg("%.*s is a key of %s and of %s", (int)length, key, line->name,
			 request_name(request_by_key(code)));
}

static void each_key_of_the_table_makes_exactly_its_request(void **state)
{
	(void)state;
	each_key(see_key);
}

static void the_help_of_each_request_fits_80_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < request_line_count(); i++) {
		const struct request_line *line = request_line(i);

		if (line->request == REQUEST_NONE)
			continue;
		if (strlen(line->keys) > 13 || strlen(line->name) > 13 || strlen(line->help) > 50)
			fail_msg("%s is too long", line->name);
	}
}

static void requests_are_found_by_a_prefix_of_their_name(void **state)
{
	(void)state;
	assert_int_equal(request_by_name("sort"), REQUEST_SORT);
	assert_int_equal(request_by_name("q"), REQUEST_NONE); /* quit, queue */
	assert_int_equal(request_by_name("quit"), REQUEST_QUIT);
	assert_int_equal(request_by_name("qui"), REQUEST_QUIT);
	/* A complete name takes precedence over longer names that begin with it. */
	assert_int_equal(request_by_name("search"), REQUEST_SEARCH);
	assert_int_equal(request_by_name("sea"), REQUEST_NONE);
	assert_int_equal(request_by_name(""), REQUEST_NONE);
	assert_int_equal(request_by_name("Moving"), REQUEST_NONE);
}

static void the_first_key_of_a_request_is_shown(void **state)
{
	char name[8];

	(void)state;
	assert_string_equal(request_key_name(REQUEST_DOWN, name, sizeof(name)), "j");
	assert_string_equal(request_key_name(REQUEST_SAVE_SCREEN, name, sizeof(name)), "");
}

/* ---- line editing ---- */

static struct edit edit;

static enum edit_result type(const char *text)
{
	enum edit_result result = EDIT_MORE;
	wchar_t wide[64];

	mbstowcs(wide, text, 64);
	for (size_t i = 0; wide[i]; i++)
		result = edit_key(&edit, (int)wide[i]);
	return result;
}

static const char *typed(void)
{
	static char text[1024];

	edit_text(&edit, text, sizeof(text));
	return text;
}

static void typed_text_is_inserted_at_the_cursor(void **state)
{
	(void)state;
	edit_begin(&edit, NULL, "");
	assert_int_equal(type("ac"), EDIT_CHANGED);
	assert_int_equal(edit_key(&edit, KEY_CODE + KEY_LEFT), EDIT_MORE);
	type("b");
	assert_string_equal(typed(), "abc");
	edit_key(&edit, KEY_CODE + KEY_HOME);
	type("\xc3\xa9");
	assert_string_equal(typed(), "\xc3\xa9"
				     "abc");
	assert_int_equal(edit_key(&edit, '\r'), EDIT_DONE);
}

static void characters_words_and_lines_are_deleted(void **state)
{
	(void)state;
	edit_begin(&edit, NULL, "one two  three");
	edit_key(&edit, KEY_CODE + KEY_BACKSPACE);
	assert_string_equal(typed(), "one two  thre");
	edit_key(&edit, 'W' & 0x1f);
	assert_string_equal(typed(), "one two  ");
	edit_key(&edit, 'W' & 0x1f);
	assert_string_equal(typed(), "one ");
	edit_key(&edit, KEY_CODE + KEY_HOME);
	edit_key(&edit, KEY_CODE + KEY_DC);
	assert_string_equal(typed(), "ne ");
	edit_key(&edit, 'K' & 0x1f);
	assert_string_equal(typed(), "");
	edit_begin(&edit, NULL, "abc");
	edit_key(&edit, 'U' & 0x1f);
	assert_string_equal(typed(), "");
}

static void escape_and_deleting_in_an_empty_line_cancel(void **state)
{
	(void)state;
	edit_begin(&edit, NULL, "a");
	assert_int_equal(edit_key(&edit, KEY_ESCAPE), EDIT_CANCELLED);
	edit_begin(&edit, NULL, "a");
	assert_int_equal(edit_key(&edit, KEY_CODE + KEY_BACKSPACE), EDIT_CHANGED);
	assert_int_equal(edit_key(&edit, KEY_CODE + KEY_BACKSPACE), EDIT_CANCELLED);
}

static void control_characters_are_not_inserted(void **state)
{
	(void)state;
	edit_begin(&edit, NULL, "");
	assert_int_equal(edit_key(&edit, 1), EDIT_MORE);
	assert_int_equal(edit_key(&edit, 0x9b), EDIT_MORE);
	assert_int_equal(edit_key(&edit, KEY_CODE + KEY_F(1)), EDIT_MORE);
	assert_int_equal(edit_key(&edit, -3), EDIT_MORE);
	assert_string_equal(typed(), "");
}

static void a_line_has_a_maximum_length(void **state)
{
	(void)state;
	edit_begin(&edit, NULL, "");
	for (int i = 0; i < 2 * EDIT_SIZE; i++)
		edit_key(&edit, 'a');
	assert_int_equal(strlen(typed()), EDIT_SIZE - 1);
}

static void history_returns_the_newest_line_first(void **state)
{
	struct history history = {0};

	(void)state;
	history_add(&history, L"one");
	history_add(&history, L"two");
	history_add(&history, L"");
	edit_begin(&edit, &history, "");
	type("new");
	edit_key(&edit, KEY_CODE + KEY_UP);
	assert_string_equal(typed(), "two");
	edit_key(&edit, KEY_CODE + KEY_UP);
	edit_key(&edit, KEY_CODE + KEY_UP);
	assert_string_equal(typed(), "one");
	edit_key(&edit, KEY_CODE + KEY_DOWN);
	edit_key(&edit, KEY_CODE + KEY_DOWN);
	assert_string_equal(typed(), "new");
	history_clear(&history);
}

static void a_repeated_line_is_in_the_history_once(void **state)
{
	struct history history = {0};

	(void)state;
	history_add(&history, L"one");
	history_add(&history, L"two");
	history_add(&history, L"one");
	assert_true(!wcscmp(history.lines[0], L"one"));
	assert_true(!wcscmp(history.lines[1], L"two"));
	assert_null(history.lines[2]);
	history_clear(&history);
}

static int set_locale(void **state)
{
	(void)state;
	return setlocale(LC_ALL, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_the_names_printed_on_them),
		cmocka_unit_test(each_key_of_the_table_makes_exactly_its_request),
		cmocka_unit_test(the_help_of_each_request_fits_80_columns),
		cmocka_unit_test(requests_are_found_by_a_prefix_of_their_name),
		cmocka_unit_test(the_first_key_of_a_request_is_shown),
		cmocka_unit_test(typed_text_is_inserted_at_the_cursor),
		cmocka_unit_test(characters_words_and_lines_are_deleted),
		cmocka_unit_test(escape_and_deleting_in_an_empty_line_cancel),
		cmocka_unit_test(control_characters_are_not_inserted),
		cmocka_unit_test(a_line_has_a_maximum_length),
		cmocka_unit_test(history_returns_the_newest_line_first),
		cmocka_unit_test(a_repeated_line_is_in_the_history_once),
	};

	return cmocka_run_group_tests(tests, set_locale, NULL);
}
