// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes as text that cannot control a terminal, and text that stays within its columns. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/paint/paint.h"
#include "tui/terminal/escape.h"

/* Some bytes, completely escaped as text. */
static const char *escaped(const void *bytes, size_t length)
{
	static char all[1024];
	char text[ESCAPE_SIZE];
	size_t columns;

	all[0] = '\0';
	for (size_t done = 0; done < length;) {
		done += escape_next((const uint8_t *)bytes + done, length - done, text, &columns);
		strcat(all, text);
	}
	return all;
}

#define assert_escaped(bytes, text) assert_string_equal(escaped(bytes, sizeof(bytes) - 1), text)

static void control_bytes_are_escaped(void **state)
{
	(void)state;
	assert_escaped("a\033[31mb", "a\\x1b[31mb");
	assert_escaped("\a\b\177", "\\x07\\x08\\x7f");
	assert_escaped("\n\r\t\0\\", "\\n\\r\\t\\0\\\\");
}

static void eight_bit_control_characters_are_escaped(void **state)
{
	(void)state;
	/* CSI as one byte, and as U+009B. */
	assert_escaped("\x9b"
		       "31m",
		       "\\x9b31m");
	assert_escaped("\xc2\x9b"
		       "31m",
		       "\\xc2\\x9b31m");
}

static void bidirectional_and_zero_width_marks_are_escaped(void **state)
{
	(void)state;
	assert_escaped("\xe2\x80\xae"
		       "abc",
		       "\\xe2\\x80\\xae"
		       "abc");
	assert_escaped("\xe2\x81\xa6"
		       "abc",
		       "\\xe2\\x81\\xa6"
		       "abc");
	assert_escaped("a\xe2\x80\x8b"
		       "b",
		       "a\\xe2\\x80\\x8b"
		       "b");
	assert_escaped("\xef\xbb\xbf", "\\xef\\xbb\\xbf");
	assert_escaped("e\xcc\x81", "e\\xcc\\x81");
}

/* As UTF-8: the first and the last of each kind, and their neighbours. */
static void invisible_characters_are_escaped(void **state)
{
	static const wchar_t hidden[] = {
		0xad,	0x600,	0x605,	 0x6dd,	  0x70f,   0x8e2,   0x115f,
		0x1160, 0x180e, 0x2800,	 0x3164,  0xfe00,  0xfe0f,  0xffa0,
		0xfff9, 0xfffb, 0xe0001, 0xe0020, 0xe007f, 0xe0100, 0xe01ef,
	};
	static const wchar_t seen[] = {0xac, 0xae, 0x606, 0x6de, 0x2801, 0x3163, 0xfffc};
	char text[8];

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		int length = wctomb(text, hidden[i]);

		assert_true(length > 0);
		if (escaped(text, (size_t)length)[0] != '\\')
			fail_msg("U+%04X is not escaped", (unsigned)hidden[i]);
	}
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		int length = wctomb(text, seen[i]);

		assert_true(length > 0);
		assert_memory_equal(escaped(text, (size_t)length), text, (size_t)length);
	}
}

static void invalid_characters_are_escaped(void **state)
{
	(void)state;
	assert_escaped("\xff\xfe", "\\xff\\xfe");
	assert_escaped("\xc3", "\\xc3");
	assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");
	assert_escaped("\xc0\xaf", "\\xc0\\xaf");
}

static void printable_characters_of_the_locale_stay(void **state)
{
	(void)state;
	assert_escaped("h\xc3\xa9llo \xe6\x97\xa5", "h\xc3\xa9llo \xe6\x97\xa5");
}

static void in_the_c_locale_all_output_is_ascii(void **state)
{
	(void)state;
	setlocale(LC_ALL, "C");
	assert_escaped("h\xc3\xa9", "h\\xc3\\xa9");
	setlocale(LC_ALL, "C.UTF-8");
}

static void text_is_cut_between_characters(void **state)
{
	(void)state;
	/* Two columns each. */
	assert_int_equal(escape_fitting("\xe6\x97\xa5\xe6\x9c\xac", 6, 3), 3);
	assert_int_equal(escape_fitting("\xe6\x97\xa5\xe6\x9c\xac", 6, 4), 6);
	/* An escape is not divided either. */
	assert_int_equal(escape_fitting("a\033", 2, 4), 1);
	assert_int_equal(escape_fitting("a\033", 2, 5), 2);
	assert_int_equal(escape_fitting("abc", 3, 0), 0);
}

/* ---- on a screen ---- */

static struct area area = {0, 0, 1, 10};

/* The content of the first row. */
static const char *row(void)
{
	static char text[256];
	wchar_t wide[128];

	mvinnwstr(0, 0, wide, 20);
	wcstombs(text, wide, sizeof(text));
	return text;
}

static struct pen begin(int width)
{
	area.width = width;
	erase();
	return pen_at(&area, 0);
}

static void a_long_text_ends_with_an_ellipsis(void **state)
{
	struct pen pen = begin(6);

	(void)state;
	pen_print(&pen, ROLE_PLAIN, "abcdefgh");
	assert_string_equal(row(), "abcde~              ");
	assert_int_equal(pen.column, 6);
}

static void consecutive_texts_end_with_a_single_ellipsis(void **state)
{
	struct pen pen = begin(6);

	(void)state;
	pen_print(&pen, ROLE_PLAIN, "abc");
	pen_print(&pen, ROLE_PLAIN, "def");
	assert_string_equal(row(), "abcdef              ");
	/* Trailing blanks do not count as cut text. */
	pen_print(&pen, ROLE_PLAIN, "  ");
	pen_bytes(&pen, ROLE_PLAIN, "", 0, NULL);
	assert_string_equal(row(), "abcdef              ");
	pen_print(&pen, ROLE_PLAIN, "ghi");
	assert_string_equal(row(), "abcde~              ");
	pen_print(&pen, ROLE_PLAIN, "jkl");
	pen_glyph(&pen, ROLE_PLAIN, GLYPH_MARK);
	assert_string_equal(row(), "abcde~              ");
	assert_int_equal(pen.column, 6);
}

static void a_wide_character_that_does_not_fit_gives_one_ellipsis(void **state)
{
	struct pen pen = begin(5);

	(void)state;
	pen_bytes(&pen, ROLE_PLAIN, "abc\xe6\x97\xa5\xe6\x9c\xac", 9, NULL);
	pen_print(&pen, ROLE_PLAIN, "[1]");
	pen_fill(&pen);
	assert_string_equal(row(), "abc~                ");
}

static void the_ellipsis_replaces_a_wide_character(void **state)
{
	struct pen pen = begin(4);

	(void)state;
	pen_bytes(&pen, ROLE_PLAIN, "ab\xe6\x97\xa5", 5, NULL);
	assert_int_equal(pen.column, 4);
	pen_print(&pen, ROLE_PLAIN, "[1]");
	assert_string_equal(row(), "ab~                 ");
}

static void a_wide_character_never_crosses_the_right_edge(void **state)
{
	struct pen pen = begin(4);

	(void)state;
	pen_bytes(&pen, ROLE_PLAIN, "a\xe6\x97\xa5\xe6\x9c\xac", 7, NULL);
	assert_int_equal(pen.column, 4);
	assert_memory_equal(row(), "a\xe6\x97\xa5~", 5);
}

static void nothing_is_drawn_without_room(void **state)
{
	struct pen pen = begin(0), below;

	(void)state;
	pen_print(&pen, ROLE_PLAIN, "abc");
	pen_glyph(&pen, ROLE_PLAIN, GLYPH_MARK);
	pen_bar(&pen, ROLE_PLAIN, 5, 500);
	area.width = 10;
	below = pen_at(&area, 1);
	pen_print(&below, ROLE_PLAIN, "abc");
	assert_string_equal(row(), "                    ");
}

static void a_number_is_right_aligned(void **state)
{
	struct pen pen = begin(10);

	(void)state;
	pen_print_right(&pen, 6, ROLE_PLAIN, "%d", 42);
	pen_print(&pen, ROLE_PLAIN, "|");
	assert_memory_equal(row(), "    42|", 7);
}

static void a_scrolled_row_omits_its_first_columns(void **state)
{
	struct pen pen = begin(6);

	(void)state;
	pen.hidden = 2;
	/* Half of the wide character is hidden; a blank replaces the other half. */
	pen_bytes(&pen, ROLE_PLAIN,
		  "a\xe6\x97\xa5"
		  "bc",
		  6, NULL);
	assert_memory_equal(row(), " bc", 3);
}

static void a_bar_shows_even_a_single_byte(void **state)
{
	struct pen pen = begin(10);

	(void)state;
	pen_bar(&pen, ROLE_PLAIN, 4, 1);
	pen_bar(&pen, ROLE_PLAIN, 4, 1000);
	assert_memory_equal(row(), "#...####", 8);
}

/* A terminal without output. */
static int start_screen(void **state)
{
	FILE *nowhere = fopen("/dev/null", "r+");

	(void)state;
	setlocale(LC_ALL, "C.UTF-8");
	return nowhere && newterm("xterm", nowhere, nowhere) ? 0 : -1;
}

static int stop_screen(void **state)
{
	(void)state;
	endwin();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_bytes_are_escaped),
		cmocka_unit_test(eight_bit_control_characters_are_escaped),
		cmocka_unit_test(bidirectional_and_zero_width_marks_are_escaped),
		cmocka_unit_test(invisible_characters_are_escaped),
		cmocka_unit_test(invalid_characters_are_escaped),
		cmocka_unit_test(printable_characters_of_the_locale_stay),
		cmocka_unit_test(in_the_c_locale_all_output_is_ascii),
		cmocka_unit_test(text_is_cut_between_characters),
		cmocka_unit_test(a_long_text_ends_with_an_ellipsis),
		cmocka_unit_test(consecutive_texts_end_with_a_single_ellipsis),
		cmocka_unit_test(a_wide_character_that_does_not_fit_gives_one_ellipsis),
		cmocka_unit_test(the_ellipsis_replaces_a_wide_character),
		cmocka_unit_test(a_wide_character_never_crosses_the_right_edge),
		cmocka_unit_test(nothing_is_drawn_without_room),
		cmocka_unit_test(a_number_is_right_aligned),
		cmocka_unit_test(a_scrolled_row_omits_its_first_columns),
		cmocka_unit_test(a_bar_shows_even_a_single_byte),
	};

	return cmocka_run_group_tests(tests, start_screen, stop_screen);
}
