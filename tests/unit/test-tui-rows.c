// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of a packet divided into rows: as hex, as text, as JSON. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/data/rows.h"

struct bytes {
	const char *data;
	size_t length;
};

static struct rows rows;
static struct bytes bytes;

static size_t read_bytes(void *context, uint32_t offset, void *buffer, size_t size)
{
	const struct bytes *from = context;

	if (offset >= from->length)
		return 0;
	if (size > from->length - offset)
		size = from->length - offset;
	memcpy(buffer, from->data + offset, size);
	return size;
}

static bool begin(enum form form, uint32_t width, const char *data, size_t length)
{
	bytes = (struct bytes){data, length};
	if (!rows_begin(&rows, form, (uint32_t)length, width, read_bytes, &bytes))
		return false;
	while (rows_step(&rows))
		;
	return true;
}

/* All rows, indented, with a bar at the end of each. */
static const char *cut(void)
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < rows.count; i++) {
		struct row row = rows_get(&rows, i);

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%*s%.*s|", row.indent,
					 "", (int)row.length, bytes.data + row.offset);
	}
	return text;
}

#define assert_cut(form, width, data, text)                                                        \
	do {                                                                                       \
		assert_true(begin(form, width, data, sizeof(data) - 1));                           \
		assert_string_equal(cut(), text);                                                  \
	} while (0)

/* ---- hex ---- */

static void hex_rows_have_the_requested_number_of_bytes(void **state)
{
	(void)state;
	assert_cut(FORM_HEX, 4, "abcdefghij", "abcd|efgh|ij|");
	assert_cut(FORM_HEX, 4, "", "");
	begin(FORM_HEX, 4, "abcdefgh", 8);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows_find(&rows, 3), 0);
	assert_int_equal(rows_find(&rows, 4), 1);
}

static void hex_of_the_longest_chunk_takes_no_memory(void **state)
{
	(void)state;
	rows_begin(&rows, FORM_HEX, UINT32_MAX, 16, read_bytes, &bytes);
	assert_int_equal(rows.count, (UINT32_MAX / 16) + 1);
	assert_int_equal(rows_get(&rows, rows.count - 1).length, 15);
}

static void hex_rows_are_as_wide_as_the_screen_allows(void **state)
{
	(void)state;
	assert_int_equal(rows_hex_width(80), 16);
	assert_int_equal(rows_hex_width(200), 32);
	assert_int_equal(rows_hex_width(40), 4);
	assert_int_equal(rows_hex_width(1), 1);
}

/* ---- text ---- */

static void text_ends_rows_at_line_feeds_and_at_the_width(void **state)
{
	(void)state;
	assert_cut(FORM_TEXT, 5, "ab\ncd", "ab\n|cd|");
	assert_cut(FORM_TEXT, 5, "abcdefgh", "abcde|fgh|");
	assert_cut(FORM_TEXT, 5, "\n\n", "\n|\n|");
	assert_cut(FORM_TEXT, 5, "", "");
}

static void a_line_that_just_fits_has_no_empty_row_after_it(void **state)
{
	(void)state;
	assert_cut(FORM_TEXT, 5, "abcde\nf", "abcde\n|f|");
}

static void tabs_advance_to_the_next_multiple_of_eight(void **state)
{
	(void)state;
	assert_cut(FORM_TEXT, 10, "a\tbcd", "a\tbc|d|");
}

static void wide_characters_and_escapes_are_not_split(void **state)
{
	(void)state;
	assert_cut(FORM_TEXT, 5, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		   "\xe6\x97\xa5\xe6\x9c\xac|\xe8\xaa\x9e|");
	assert_cut(FORM_TEXT, 5, "ab\033c", "ab|\033c|");
}

static void a_row_has_a_character_even_if_it_does_not_fit(void **state)
{
	(void)state;
	assert_cut(FORM_TEXT, 1,
		   "\xe6\x97\xa5"
		   "a\033",
		   "\xe6\x97\xa5|a|\033|");
}

static void a_byte_is_found_in_its_row_among_many(void **state)
{
	enum { LINES = 10000, LENGTH = 3 };
	char *data = malloc(LINES * LENGTH);

	(void)state;
	for (size_t i = 0; i < LINES; i++)
		memcpy(data + i * LENGTH, "ab\n", LENGTH);
	begin(FORM_TEXT, 80, data, LINES * LENGTH);
	assert_int_equal(rows.count, LINES);
	for (uint32_t i = 0; i < LINES; i += 7) {
		assert_int_equal(rows_find(&rows, i * LENGTH), i);
		assert_int_equal(rows_find(&rows, i * LENGTH + 2), i);
		assert_int_equal(rows_get(&rows, i).offset, i * LENGTH);
	}
	/* Backwards too, without a saved row nearby. */
	assert_int_equal(rows_get(&rows, 1).offset, LENGTH);
	free(data);
}

/* ---- JSON ---- */

static void each_member_has_a_row(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 80, "{\"a\":1,\"b\":[1,2]}",
		   "{|  \"a\":1,|  \"b\":[|    1,|    2|  ]|}|");
}

static void empty_objects_and_lists_stay_on_one_row(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 80, "{\"a\":{ },\"b\":[]}", "{|  \"a\":{ },|  \"b\":[]|}|");
	assert_cut(FORM_JSON, 80, "{}", "{}|");
}

static void names_keep_their_order_and_duplicates(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 80, "{\"b\":1,\"a\":2,\"b\":3}",
		   "{|  \"b\":1,|  \"a\":2,|  \"b\":3|}|");
}

static void numbers_are_shown_as_written(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 80, "[1.50,12345678901234567890]",
		   "[|  1.50,|  12345678901234567890|]|");
}

static void punctuation_in_strings_is_not_structure(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 80, "[\"{,}\\\"]\",1]", "[|  \"{,}\\\"]\",|  1|]|");
}

static void a_long_string_continues_in_the_next_row(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 12, "[\"abcdefghijklmnop\"]", "[|  \"abcdefghi|      jklmnop\"|]|");
	assert_false(rows_get(&rows, 1).in_string);
	assert_true(rows_get(&rows, 2).in_string);
}

static void a_cut_name_is_marked_and_a_cut_value_is_not(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 12, "{\"abcdefghijklmnopqrst\" :\"abcdefghijklmnop\"}",
		   "{|  \"abcdefghi|      jklmnopq|      rst\" :\"a|      bcdefghi|"
		   "      jklmnop\"|}|");
	assert_true(rows_get(&rows, 1).cuts_name);
	assert_true(rows_get(&rows, 2).cuts_name);
	assert_false(rows_get(&rows, 3).cuts_name);
	assert_false(rows_get(&rows, 4).cuts_name);
	assert_true(rows_get(&rows, 4).in_string);
}

static void a_row_does_not_end_within_a_json_escape(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 12, "[\"abcdefg\\\"\\\"x\"]", "[|  \"abcdefg|      \\\"\\\"x\"|]|");
	assert_true(rows_get(&rows, 2).in_string);
	assert_false(rows_get(&rows, 3).in_string);
}

static void json_is_wrapped_again_at_another_width(void **state)
{
	(void)state;
	assert_true(begin(FORM_JSON, 80, "[\"abcdefghijklmnop\"]", 20));
	assert_true(rows_resize(&rows, 12));
	assert_string_equal(cut(), "[|  \"abcdefghi|      jklmnop\"|]|");
	assert_int_equal(rows_find(&rows, 1), 1);
	assert_int_equal(rows_find(&rows, 11), 2);
	assert_int_equal(rows_find(&rows, 19), 3);
	assert_true(rows_resize(&rows, 80));
	assert_string_equal(cut(), "[|  \"abcdefghijklmnop\"|]|");
}

static void several_values_are_shown_one_below_the_other(void **state)
{
	(void)state;
	assert_cut(FORM_JSON, 80, "{\"a\":1}\n[2]\n3\n", "{|  \"a\":1|}|[|  2|]|3|");
}

static void invalid_json_is_refused(void **state)
{
	static const char *const texts[] = {
		"", " ", "hello", "{\"a\":1", "{'a':1}", "[1,]", "{\"a\":1} x", "\"abc", "[1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (begin(FORM_JSON, 80, texts[i], strlen(texts[i])))
			fail_msg("'%s' was accepted", texts[i]);
		assert_int_equal(rows.count, 0);
	}
	assert_false(begin(FORM_JSON, 80, "{}\0{", 4));
	assert_false(begin(FORM_JSON, 80, "\"\xff\"", 3));
	/* After an escape too, where json-c accepts it. */
	assert_false(begin(FORM_JSON, 80, "[\"\1\"]", 5));
	assert_false(begin(FORM_JSON, 80, "[\"\\u0041\1\"]", 11));
	assert_false(begin(FORM_JSON, 80, "[\"\\u0041\n\"]", 11));
	assert_true(begin(FORM_JSON, 80, "[\"\\u0041\\n\",\n\t1]", 16));
}

static void deep_nesting_is_refused(void **state)
{
	char deep[20000];

	(void)state;
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	assert_false(begin(FORM_JSON, 80, deep, sizeof(deep)));
}

static int set_locale(void **state)
{
	(void)state;
	return setlocale(LC_ALL, "C.UTF-8") ? 0 : -1;
}

static int free_rows(void **state)
{
	(void)state;
	rows_free(&rows);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_rows_have_the_requested_number_of_bytes),
		cmocka_unit_test(hex_of_the_longest_chunk_takes_no_memory),
		cmocka_unit_test(hex_rows_are_as_wide_as_the_screen_allows),
		cmocka_unit_test(text_ends_rows_at_line_feeds_and_at_the_width),
		cmocka_unit_test(a_line_that_just_fits_has_no_empty_row_after_it),
		cmocka_unit_test(tabs_advance_to_the_next_multiple_of_eight),
		cmocka_unit_test(wide_characters_and_escapes_are_not_split),
		cmocka_unit_test(a_row_has_a_character_even_if_it_does_not_fit),
		cmocka_unit_test(a_byte_is_found_in_its_row_among_many),
		cmocka_unit_test(each_member_has_a_row),
		cmocka_unit_test(empty_objects_and_lists_stay_on_one_row),
		cmocka_unit_test(names_keep_their_order_and_duplicates),
		cmocka_unit_test(numbers_are_shown_as_written),
		cmocka_unit_test(punctuation_in_strings_is_not_structure),
		cmocka_unit_test(a_long_string_continues_in_the_next_row),
		cmocka_unit_test(a_cut_name_is_marked_and_a_cut_value_is_not),
		cmocka_unit_test(a_row_does_not_end_within_a_json_escape),
		cmocka_unit_test(json_is_wrapped_again_at_another_width),
		cmocka_unit_test(several_values_are_shown_one_below_the_other),
		cmocka_unit_test(invalid_json_is_refused),
		cmocka_unit_test(deep_nesting_is_refused),
	};

	return cmocka_run_group_tests(tests, set_locale, free_rows);
}
