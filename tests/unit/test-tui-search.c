// SPDX-License-Identifier: GPL-2.0-or-later
/* Search patterns and filters. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/data/filter.h"
#include "tui/data/pattern.h"
#include "tui/frame/browser.h"
#include "tui/frame/search.h"
#include "tui/requests/search-ask.h"

#define NOWHERE SIZE_MAX

static struct pattern *parse(const char *text)
{
	struct pimg_error error;
	struct pattern *pattern = pattern_new(text, &error);

	if (!pattern)
		fail_msg("%s: %s", text, error.sentence);
	return pattern;
}

/* The first place where a pattern is found, or NOWHERE. */
static size_t place(const char *text, const void *bytes, size_t length)
{
	struct pattern *pattern = parse(text);
	struct match match;
	size_t start = NOWHERE;

	if (pattern_find(pattern, bytes, length, 0, true, &match))
		start = match.start;
	pattern_free(pattern);
	return start;
}

#define place_in(text, bytes) place(text, bytes, sizeof(bytes) - 1)

static void refused(const char *text)
{
	struct pimg_error error = {.status = PIMG_OK};

	assert_null(pattern_new(text, &error));
	assert_int_equal(error.status, PIMG_USAGE);
	assert_string_not_equal(error.sentence, "");
}

static void text_is_found_at_its_first_occurrence(void **state)
{
	(void)state;
	assert_int_equal(place_in("bc", "abcbc"), 1);
	assert_int_equal(place_in("c", "abc"), 2);
	assert_int_equal(place_in("abc", "abc"), 0);
	assert_int_equal(place_in("abcd", "abc"), NOWHERE);
	assert_int_equal(place_in("a", ""), NOWHERE);
	assert_int_equal(place_in("aab", "aaaab"), 2);
}

static void lower_case_text_also_finds_upper_case(void **state)
{
	(void)state;
	assert_int_equal(place_in("error", "an ERROR"), 3);
	assert_int_equal(place_in("Error", "an ERROR"), NOWHERE);
	assert_int_equal(place_in("Error", "an Error"), 3);
}

static void escapes_in_text_are_bytes(void **state)
{
	(void)state;
	assert_int_equal(place_in("a\\nb", "xa\nb"), 1);
	assert_int_equal(place_in("\\x00\\xff", "x\0\xff"), 1);
	assert_int_equal(place_in("\\0", "x\0"), 1);
	assert_int_equal(place_in("c:\\\\d", "c:\\d"), 0);
	/* An invalid escape is literal text. */
	assert_int_equal(place_in("\\q", "a\\q"), 1);
	assert_int_equal(place_in("\\xzz", "\\xzz"), 0);
}

static void hex_is_accepted_in_either_case_with_or_without_blanks(void **state)
{
	(void)state;
	assert_int_equal(place_in("x:00 ff", "a\0\xff"), 1);
	assert_int_equal(place_in("x:00FF", "a\0\xff"), 1);
	/* Bytes are not letters. */
	assert_int_equal(place_in("x:61", "A"), NOWHERE);
	refused("x:0");
	refused("x:0g");
	refused("x:");
}

static void a_regular_expression_finds_its_matches(void **state)
{
	(void)state;
	assert_int_equal(place_in("r:b+c", "abbc"), 1);
	assert_int_equal(place_in("r:^b", "a\nb"), 2);
	assert_int_equal(place_in("r:a$", "ba\nc"), 1);
	assert_int_equal(place_in("r:(one|two)", "a two"), 2);
	assert_int_equal(place_in("r:ERR", "err"), NOWHERE);
	assert_int_equal(place_in("r:err", "ERR"), 0);
	refused("r:(");
}

static void a_regular_expression_matches_after_a_zero_byte(void **state)
{
	(void)state;
	assert_int_equal(place_in("r:bc", "a\0\0bc"), 3);
}

static void an_empty_match_is_never_found(void **state)
{
	(void)state;
	assert_int_equal(place_in("r:x*", "abc"), NOWHERE);
	assert_int_equal(place_in("r:b*", "abc"), 1);
	refused("");
}

static void the_start_of_a_piece_is_not_the_start_of_a_line(void **state)
{
	struct pattern *pattern = parse("r:^a");
	struct match match;

	(void)state;
	assert_false(pattern_find(pattern, "ab", 2, 0, false, &match));
	assert_true(pattern_find(pattern, "ab", 2, 0, true, &match));
	pattern_free(pattern);
}

static void the_last_match_before_a_limit_is_found(void **state)
{
	struct pattern *pattern = parse("aa");
	struct match match;

	(void)state;
	assert_true(pattern_find_last(pattern, "aaaa", 4, 0, 4, true, &match));
	assert_int_equal(match.start, 2);
	assert_true(pattern_find_last(pattern, "aaaa", 4, 0, 2, true, &match));
	assert_int_equal(match.start, 1);
	assert_false(pattern_find_last(pattern, "aaaa", 4, 0, 0, true, &match));
	assert_false(pattern_find_last(pattern, "aaaa", 4, 2, 2, true, &match));
	pattern_free(pattern);
}

static void all_bytes_of_all_matches_are_flagged(void **state)
{
	struct pattern *pattern = parse("ab");
	uint8_t flags[6];

	(void)state;
	memset(flags, 7, sizeof(flags));
	pattern_flag(pattern, "abxabx", 6, flags);
	assert_memory_equal(flags, "\1\1\0\1\1\0", 6);
	pattern_free(pattern);
}

/* ---- filters ---- */

static bool fits(const char *text, uint64_t length)
{
	struct filter filter = {0};
	struct pimg_error error;
	bool result;

	assert_int_equal(filter_set(&filter, text, &error), 0);
	assert_int_not_equal(filter.kind, FILTER_PATTERN);
	result = filter_fits_length(&filter, length);
	filter_clear(&filter);
	return result;
}

static void a_length_filter_compares(void **state)
{
	(void)state;
	assert_false(fits(">100", 100));
	assert_true(fits(">100", 101));
	assert_true(fits("< 100", 99));
	assert_false(fits("< 100", 100));
	assert_true(fits("=100", 100));
	assert_false(fits("=100", 99));
	assert_true(fits(">=100", 100));
	assert_false(fits(">=100", 99));
	assert_true(fits("<= 100", 100));
	assert_false(fits("<= 100", 101));
}

static void a_length_filter_accepts_units(void **state)
{
	(void)state;
	assert_true(fits("=4K", 4096));
	assert_true(fits("=4k", 4096));
	assert_false(fits(">=1M", (1 << 20) - 1));
	assert_true(fits(">=1M", 1 << 20));
	assert_true(fits("=2G", UINT64_C(2) << 30));
	/* No chunk is that long. */
	assert_false(fits(">99999999999999G", UINT64_MAX));
	assert_true(fits("<99999999999999G", UINT64_MAX - 1));
}

static void a_comparison_without_a_length_is_an_error(void **state)
{
	static const char *const texts[] = {">",    "<",      ">=",  ">50x",
					    "<1KB", "> many", "<a>", ">1 2"};
	struct filter filter = {0};
	struct pimg_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(filter_set(&filter, texts[i], &error), -1);
		assert_non_null(strstr(error.sentence, texts[i]));
	}
	assert_int_equal(filter.kind, FILTER_NONE);
}

static void a_filter_that_is_not_a_length_is_a_pattern(void **state)
{
	struct filter filter = {0};
	struct pimg_error error;

	(void)state;
	assert_int_equal(filter_set(&filter, "=100x", &error), 0);
	assert_int_equal(filter.kind, FILTER_PATTERN);
	assert_int_equal(filter_set(&filter, "r:>100x", &error), 0);
	assert_int_equal(filter.kind, FILTER_PATTERN);
	assert_int_equal(filter_set(&filter, "", &error), 0);
	assert_int_equal(filter.kind, FILTER_NONE);
	filter_clear(&filter);
}

static void an_invalid_filter_keeps_the_previous_one(void **state)
{
	struct filter filter = {0};
	struct pimg_error error;

	(void)state;
	assert_int_equal(filter_set(&filter, "abc", &error), 0);
	assert_int_equal(filter_set(&filter, "r:(", &error), -1);
	assert_string_equal(filter.text, "abc");
	filter_clear(&filter);
}

/* ---- lists that change while they are searched ---- */

static struct {
	size_t count, asked;
} list;

static size_t count_lines(struct view *view)
{
	(void)view;
	return list.count;
}

static void tell_line(struct view *view, size_t line, char *text, size_t size)
{
	(void)view;
	assert_true(line < list.count);
	list.asked++;
	if (size)
		text[0] = '\0';
}

static const struct view_ops list_ops = {.count = count_lines, .line_text = tell_line};

/* Starts a search at a line of a list whose length then changes, and completes it. */
static const char *search_list(bool backward, size_t line, size_t count, size_t count_then)
{
	static struct browser browser;
	struct view view = {.ops = &list_ops, .browser = &browser, .line = line};

	memset(&browser, 0, sizeof(browser));
	browser.views[0] = &view;
	browser.count = 1;
	list.count = count;
	list.asked = 0;
	search_ask(&browser, backward, "nosuch");
	list.count = count_then;
	while (search_step(&browser))
		;
	assert_null(browser.search);
	pattern_free(browser.pattern);
	return browser.message;
}

static void a_list_that_shrinks_is_searched_to_its_new_end(void **state)
{
	static const size_t counts[] = {0, 1, 2, 9, 10};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		for (int backward = 0; backward < 2; backward++) {
			assert_string_equal(search_list(backward, 9, 10, counts[i]),
					    "'nosuch' not found");
			assert_int_equal(list.asked, counts[i]);
		}
	}
}

static void a_search_does_not_start_at_a_line_that_is_gone(void **state)
{
	(void)state;
	search_list(true, 5000, 10, 10);
	assert_int_equal(list.asked, 10);
	search_list(false, 5000, 10, 10);
	assert_int_equal(list.asked, 10);
}

static int set_locale(void **state)
{
	(void)state;
	return setlocale(LC_ALL, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_found_at_its_first_occurrence),
		cmocka_unit_test(lower_case_text_also_finds_upper_case),
		cmocka_unit_test(escapes_in_text_are_bytes),
		cmocka_unit_test(hex_is_accepted_in_either_case_with_or_without_blanks),
		cmocka_unit_test(a_regular_expression_finds_its_matches),
		cmocka_unit_test(a_regular_expression_matches_after_a_zero_byte),
		cmocka_unit_test(an_empty_match_is_never_found),
		cmocka_unit_test(the_start_of_a_piece_is_not_the_start_of_a_line),
		cmocka_unit_test(the_last_match_before_a_limit_is_found),
		cmocka_unit_test(all_bytes_of_all_matches_are_flagged),
		cmocka_unit_test(a_length_filter_compares),
		cmocka_unit_test(a_length_filter_accepts_units),
		cmocka_unit_test(a_comparison_without_a_length_is_an_error),
		cmocka_unit_test(a_filter_that_is_not_a_length_is_a_pattern),
		cmocka_unit_test(an_invalid_filter_keeps_the_previous_one),
		cmocka_unit_test(a_list_that_shrinks_is_searched_to_its_new_end),
		cmocka_unit_test(a_search_does_not_start_at_a_line_that_is_gone),
	};

	return cmocka_run_group_tests(tests, set_locale, NULL);
}
