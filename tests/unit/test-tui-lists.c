// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of lists, marks in them, and lengths as a strip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/data/marks.h"
#include "tui/data/order.h"
#include "tui/paint/strip.h"

/* ---- order ---- */

struct items {
	uint32_t keys[200000];
	size_t count;
	bool complete;
};

static struct items items;
static struct order order;

static size_t count_items(void *context)
{
	return ((struct items *)context)->count;
}

static bool is_complete(void *context)
{
	return ((struct items *)context)->complete;
}

static bool is_even(void *context, size_t item)
{
	return ((struct items *)context)->keys[item] % 2 == 0;
}

static uint32_t key(void *context, size_t item)
{
	return ((struct items *)context)->keys[item];
}

static const struct order_source source = {
	.count = count_items,
	.is_complete = is_complete,
	.shows = is_even,
	.key = key,
};

static void finish(void)
{
	while (order_step(&order))
		;
	if (items.complete)
		assert_int_equal(order_percent(&order), 100);
}

static void set_items(size_t count, const uint32_t *keys)
{
	if (keys)
		memcpy(items.keys, keys, count * sizeof(*keys));
	items.count = count;
	items.complete = true;
	order_free(&order);
	order_init(&order, &source, &items);
}

/* The items by line: "0 2 1". */
static const char *lines(void)
{
	static char text[256];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < order_count(&order); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%zu", i ? " " : "",
					 order_item(&order, i));
	return text;
}

static void without_filter_and_sort_items_keep_their_order(void **state)
{
	(void)state;
	set_items(3, (uint32_t[]){3, 1, 2});
	assert_string_equal(lines(), "0 1 2");
	assert_int_equal(order_line(&order, 2), 2);
	assert_int_equal(order_line(&order, 3), ORDER_NOWHERE);
	assert_false(order_step(&order));
}

static void a_filter_keeps_the_order(void **state)
{
	(void)state;
	set_items(5, (uint32_t[]){4, 1, 2, 3, 8});
	order_restart(&order, true, false, false);
	finish();
	assert_string_equal(lines(), "0 2 4");
	assert_int_equal(order_line(&order, 4), 2);
	assert_int_equal(order_line(&order, 3), ORDER_NOWHERE);
}

static void a_line_beyond_the_list_has_no_item(void **state)
{
	(void)state;
	set_items(3, (uint32_t[]){3, 1, 2});
	assert_int_equal(order_item(&order, 3), ORDER_NOWHERE);
	order_restart(&order, true, false, false);
	finish();
	assert_int_equal(order_item(&order, 0), 2);
	assert_int_equal(order_item(&order, 1), ORDER_NOWHERE);
}

static void sorting_is_stable_in_both_directions(void **state)
{
	(void)state;
	set_items(5, (uint32_t[]){5, 1, 5, 1, 3});
	order_restart(&order, false, true, false);
	finish();
	assert_string_equal(lines(), "1 3 4 0 2");
	order_restart(&order, false, true, true);
	finish();
	assert_string_equal(lines(), "0 2 4 1 3");
	assert_int_equal(order_line(&order, 4), 2);
}

static void keys_of_more_than_16_bits_are_sorted_by_all_of_them(void **state)
{
	(void)state;
	set_items(5, (uint32_t[]){0x20001, 0x10002, 0xffffffff, 3, 0x10001});
	order_restart(&order, false, true, false);
	finish();
	assert_string_equal(lines(), "3 4 1 0 2");
	order_restart(&order, false, true, true);
	finish();
	assert_string_equal(lines(), "2 0 1 4 3");
}

static void filtered_items_are_sorted_too(void **state)
{
	(void)state;
	set_items(5, (uint32_t[]){8, 1, 2, 3, 4});
	order_restart(&order, true, true, false);
	finish();
	assert_string_equal(lines(), "2 4 0");
}

static void many_items_are_sorted_in_several_steps(void **state)
{
	unsigned steps = 0;

	(void)state;
	for (size_t i = 0; i < 200000; i++)
		items.keys[i] = (uint32_t)(i * 2654435761U);
	set_items(200000, NULL);
	order_restart(&order, false, true, false);
	while (order_step(&order))
		steps++;
	assert_true(steps > 4);
	for (size_t i = 1; i < 200000; i++)
		assert_true(items.keys[order_item(&order, i - 1)] <=
			    items.keys[order_item(&order, i)]);
}

static void items_added_later_are_filtered_and_sorted_once_all_are_there(void **state)
{
	(void)state;
	set_items(4, (uint32_t[]){6, 4, 1, 2});
	items.count = 2;
	items.complete = false;
	order_restart(&order, true, true, false);
	finish();
	assert_string_equal(lines(), "0 1");
	items.count = 4;
	finish();
	assert_string_equal(lines(), "0 1 3");
	items.complete = true;
	finish();
	assert_string_equal(lines(), "3 1 0");
}

static void an_empty_list_can_be_sorted(void **state)
{
	(void)state;
	set_items(0, NULL);
	order_restart(&order, true, true, true);
	finish();
	assert_int_equal(order_count(&order), 0);
}

static int free_order(void **state)
{
	(void)state;
	order_free(&order);
	return 0;
}

/* ---- marks ---- */

static void marks_are_counted_by_queue_and_in_total(void **state)
{
	struct marks marks = {0};

	(void)state;
	marks_set(&marks, 3, 1000, true);
	marks_set(&marks, 3, 1000, true);
	marks_set(&marks, 0, 63, true);
	marks_set(&marks, 0, 64, true);
	assert_int_equal(marks.count, 3);
	assert_int_equal(marks_of_queue(&marks, 3), 1);
	assert_int_equal(marks_of_queue(&marks, 0), 2);
	assert_int_equal(marks_of_queue(&marks, 99), 0);
	assert_true(marks_has(&marks, 0, 64));
	assert_false(marks_has(&marks, 0, 65));
	marks_set(&marks, 0, 64, false);
	marks_set(&marks, 7, 7, false);
	assert_int_equal(marks.count, 2);
	marks_clear(&marks);
	assert_int_equal(marks.count, 0);
	assert_false(marks_has(&marks, 3, 1000));
}

/* ---- the strip ---- */

static struct strip strip;

static void add(size_t count, uint32_t length)
{
	for (size_t i = 0; i < count; i++)
		strip_add(&strip, length, true);
}

static void a_few_chunks_have_a_column_each(void **state)
{
	(void)state;
	strip_clear(&strip);
	assert_int_equal(strip_columns(&strip, 80), 0);
	add(3, 5);
	assert_int_equal(strip_columns(&strip, 80), 3);
	assert_int_equal(strip_column_of(&strip, 2, 3), 2);
}

static void one_longer_chunk_is_visible_among_a_million(void **state)
{
	size_t columns, found = 0;

	(void)state;
	strip_clear(&strip);
	add(700000, 10);
	add(1, 4096);
	add(300000, 10);
	columns = strip_columns(&strip, 71);
	assert_int_equal(columns, 71);
	for (size_t i = 0; i < columns; i++)
		found += strip_column(&strip, i, columns).highest == 4096;
	assert_int_equal(found, 1);
	assert_int_equal(
		strip_column(&strip, strip_column_of(&strip, 700000, columns), columns).highest,
		4096);
}

static void each_chunk_is_in_one_of_the_columns(void **state)
{
	static const size_t widths[] = {1, 2, 3, 7, 71, 200};

	(void)state;
	strip_clear(&strip);
	add(5000, 1);
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		size_t before = 0;

		for (size_t chunk = 0; chunk < 5000; chunk++) {
			size_t column = strip_column_of(&strip, chunk, widths[i]);

			assert_in_range(column, before, before + 1);
			before = column;
		}
		assert_int_equal(before, widths[i] - 1);
	}
}

static void a_single_byte_is_visible_and_the_longest_chunk_fills_the_height(void **state)
{
	(void)state;
	strip_clear(&strip);
	add(1, 4096);
	assert_int_equal(strip_eighths(&strip, 0, 2), 0);
	assert_int_equal(strip_eighths(&strip, 1, 2), 1);
	assert_int_equal(strip_eighths(&strip, 2048, 2), 8);
	assert_int_equal(strip_eighths(&strip, 4096, 2), 16);
}

static void kinds_are_distinguished(void **state)
{
	struct strip_bin bin;

	(void)state;
	strip_clear(&strip);
	strip_add(&strip, 1, true);
	strip_add(&strip, 1, false);
	bin = strip_column(&strip, 0, 2);
	assert_true(bin.has_packet && !bin.has_stream);
	bin = strip_column(&strip, 0, 1);
	assert_true(bin.has_packet && bin.has_stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_filter_and_sort_items_keep_their_order),
		cmocka_unit_test(a_filter_keeps_the_order),
		cmocka_unit_test(a_line_beyond_the_list_has_no_item),
		cmocka_unit_test(sorting_is_stable_in_both_directions),
		cmocka_unit_test(keys_of_more_than_16_bits_are_sorted_by_all_of_them),
		cmocka_unit_test(filtered_items_are_sorted_too),
		cmocka_unit_test(many_items_are_sorted_in_several_steps),
		cmocka_unit_test(items_added_later_are_filtered_and_sorted_once_all_are_there),
		cmocka_unit_test(an_empty_list_can_be_sorted),
		cmocka_unit_test(marks_are_counted_by_queue_and_in_total),
		cmocka_unit_test(a_few_chunks_have_a_column_each),
		cmocka_unit_test(one_longer_chunk_is_visible_among_a_million),
		cmocka_unit_test(each_chunk_is_in_one_of_the_columns),
		cmocka_unit_test(a_single_byte_is_visible_and_the_longest_chunk_fills_the_height),
		cmocka_unit_test(kinds_are_distinguished),
	};

	return cmocka_run_group_tests(tests, NULL, free_order);
}
