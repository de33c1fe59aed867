// SPDX-License-Identifier: GPL-2.0-or-later
/* The processes of a dump, in the order of their tree, whatever their parents are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "image/task-order.h"

/* A process, and its expected place. */
struct wanted {
	uint32_t pid, parent, depth;
};

/* The tasks are sorted in the order of the array. */
static void assert_order(const struct kept_task *given, size_t count, const struct wanted *wanted)
{
	struct kept_task tasks[16];

	for (size_t i = 0; i < count; i++)
		tasks[i] = given[i];
	assert_int_equal(task_order_sort(tasks, count, NULL), 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(tasks[i].pid, wanted[i].pid);
		assert_int_equal(tasks[i].parent, wanted[i].parent);
		assert_int_equal(tasks[i].depth, wanted[i].depth);
	}
}

static void children_follow_their_parent_by_pid(void **state)
{
	const struct kept_task given[] = {
		{.pid = 9, .parent = 7},
		{.pid = 7, .parent = 1},
		{.pid = 24, .parent = 6},
		{.pid = 6, .parent = 1},
		{.pid = 1},
	};
	const struct wanted wanted[] = {{1, 0, 0}, {6, 1, 1}, {24, 6, 2}, {7, 1, 1}, {9, 7, 2}};

	(void)state;
	assert_order(given, 5, wanted);
}

static void a_process_whose_parent_is_missing_is_a_root(void **state)
{
	const struct kept_task given[] = {
		{.pid = 5, .parent = 4}, {.pid = 3}, {.pid = 8, .parent = 5}};
	const struct wanted wanted[] = {{3, 0, 0}, {5, 4, 0}, {8, 5, 1}};

	(void)state;
	assert_order(given, 3, wanted);
}

static void its_own_parent_is_a_root(void **state)
{
	const struct kept_task given[] = {{.pid = 5, .parent = 5}, {.pid = 6, .parent = 5}};
	const struct wanted wanted[] = {{5, 5, 0}, {6, 5, 1}};

	(void)state;
	assert_order(given, 2, wanted);
}

/* Process 2 is below the circle, not in it. */
static void a_circle_starts_with_its_lowest_pid(void **state)
{
	const struct kept_task given[] = {
		{.pid = 2, .parent = 11},
		{.pid = 12, .parent = 11},
		{.pid = 10, .parent = 12},
		{.pid = 11, .parent = 10},
		{.pid = 1},
	};
	const struct wanted wanted[] = {
		{1, 0, 0}, {10, 12, 0}, {11, 10, 1}, {2, 11, 2}, {12, 11, 2}};

	(void)state;
	assert_order(given, 5, wanted);
}

static void two_circles_are_separate(void **state)
{
	const struct kept_task given[] = {
		{.pid = 4, .parent = 3},
		{.pid = 3, .parent = 4},
		{.pid = 2, .parent = 1},
		{.pid = 1, .parent = 2},
	};
	const struct wanted wanted[] = {{1, 2, 0}, {2, 1, 1}, {3, 4, 0}, {4, 3, 1}};

	(void)state;
	assert_order(given, 4, wanted);
}

/* Any quadratic step or recursion would show here. */
static void many(uint32_t (*parent_of)(uint32_t pid), uint32_t count, uint32_t deepest)
{
	struct kept_task *tasks = calloc(count, sizeof(*tasks));

	assert_non_null(tasks);
	for (uint32_t i = 0; i < count; i++) {
		tasks[i].pid = i + 1;
		tasks[i].parent = parent_of(i + 1);
	}
	assert_int_equal(task_order_sort(tasks, count, NULL), 0);
	assert_int_equal(tasks[0].pid, 1);
	assert_int_equal(tasks[count - 1].pid, count);
	assert_int_equal(tasks[count - 1].depth, deepest);
	free(tasks);
}

enum { MANY = 131072 };

static uint32_t previous(uint32_t pid)
{
	return pid - 1;
}

static uint32_t previous_in_circle(uint32_t pid)
{
	return pid > 1 ? pid - 1 : MANY;
}

static uint32_t first(uint32_t pid)
{
	return pid > 1;
}

static void any_number_of_generations_circle_members_or_children(void **state)
{
	(void)state;
	many(previous, MANY, MANY - 1);
	many(previous_in_circle, MANY, MANY - 1);
	many(first, MANY, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_follow_their_parent_by_pid),
		cmocka_unit_test(a_process_whose_parent_is_missing_is_a_root),
		cmocka_unit_test(its_own_parent_is_a_root),
		cmocka_unit_test(a_circle_starts_with_its_lowest_pid),
		cmocka_unit_test(two_circles_are_separate),
		cmocka_unit_test(any_number_of_generations_circle_members_or_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
