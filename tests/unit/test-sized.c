// SPDX-License-Identifier: GPL-2.0-or-later
/* Structs that grow: a library and a caller compiled with different releases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/sized.h"
#include "pipeimg-private.h"
#include "scratch.h"

/* As in three releases: the first lacks b, this one lacks c. */
struct later {
	uint32_t size;
	uint32_t a;
	uint32_t b;
	uint32_t c;
};

struct ours {
	uint32_t size;
	uint32_t a;
	uint32_t b;
};

#define FIRST SIZE_TO(struct ours, a)
#define HERE  sizeof(struct ours)

static int take(struct ours *ours, const struct later *given, struct pimg_error *error)
{
	memset(ours, 0xff, sizeof(*ours));
	return sized_take(ours, HERE, given, FIRST, error);
}

static void without_a_struct_all_fields_are_zero(void **state)
{
	struct ours ours;

	(void)state;
	assert_int_equal(take(&ours, NULL, NULL), 0);
	assert_int_equal(ours.a, 0);
	assert_int_equal(ours.b, 0);
}

static void size_0_has_the_fields_of_the_first_release(void **state)
{
	const struct later given = {.a = 1, .b = 2, .c = 3};
	struct ours ours;

	(void)state;
	assert_int_equal(take(&ours, &given, NULL), 0);
	assert_int_equal(ours.a, 1);
	assert_int_equal(ours.b, 0);
}

static void reads_stay_within_the_callers_struct(void **state)
{
	const struct later given = {.size = FIRST, .a = 1, .b = 2};
	struct ours ours;

	(void)state;
	assert_int_equal(take(&ours, &given, NULL), 0);
	assert_int_equal(ours.b, 0);
}

static void fields_of_a_later_release_may_be_0(void **state)
{
	const struct later given = {.size = sizeof(given), .a = 1, .b = 2};
	struct ours ours;

	(void)state;
	assert_int_equal(take(&ours, &given, NULL), 0);
	assert_int_equal(ours.a, 1);
	assert_int_equal(ours.b, 2);
}

static void fields_of_a_later_release_that_are_set_are_refused(void **state)
{
	const struct later given = {.size = sizeof(given), .c = 3};
	struct pimg_error error = {0};
	struct ours ours;

	(void)state;
	assert_int_equal(take(&ours, &given, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
}

static void a_size_that_was_never_set_is_refused(void **state)
{
	const struct later given = {.size = 0x5a5a5a5a};
	struct pimg_error error = {0};
	struct ours ours;

	(void)state;
	assert_int_equal(take(&ours, &given, &error), -1);
	assert_non_null(strstr(error.sentence, "1515870810"));
}

static void writes_stay_within_the_callers_struct(void **state)
{
	const struct ours ours = {.a = 1, .b = 2};
	struct later first = {.b = 7, .c = 8}, later = {.size = sizeof(later), .c = 8};

	(void)state;
	sized_give(NULL, &ours, HERE, FIRST);
	sized_give(&first, &ours, HERE, FIRST);
	assert_int_equal(first.a, 1);
	assert_int_equal(first.b, 7);
	sized_give(&later, &ours, HERE, FIRST);
	assert_int_equal(later.size, sizeof(later));
	assert_int_equal(later.b, 2);
	assert_int_equal(later.c, 8);
}

/* ---- the public structs ---- */

/* The struct at the start of a larger one, as a later release may have it. */
#define LARGER(type, ...)                                                                          \
	&(union {                                                                                  \
		 struct {                                                                          \
			 type ours;                                                                \
			 uint32_t later;                                                           \
		 };                                                                                \
		 type given;                                                                       \
	 }){.ours = {.size = sizeof(type) + 4, ##__VA_ARGS__}, .later = 1}                         \
		 .given

static void every_options_struct_refuses_unknown_fields(void **state)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 65536);
	struct pimg_error error = {0};

	(void)state;
	assert_null(pimg_image_open("none", LARGER(struct pimg_open_options), &error));
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(pimg_verify("none", LARGER(struct pimg_verify_options), NULL, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	assert_null(pimg_writer_open(scratch_path("new"), PIMG_PIPE,
				     LARGER(struct pimg_writer_options), &error));
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(
		pimg_convert("none", "new", LARGER(struct pimg_convert_options), NULL, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(
		pimg_upgrade("none", "new", LARGER(struct pimg_convert_options), NULL, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(pimg_queue_add_end(queue, LARGER(struct pimg_end), &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	pimg_queue_free(queue);
}

static void unknown_or_contradictory_flags_are_refused(void **state)
{
	static const unsigned flags[] = {1U << 30, PIMG_OPEN_ONE_QUEUE | PIMG_OPEN_UNINDEXED,
					 PIMG_OPEN_ONE_QUEUE | PIMG_OPEN_GROWING};
	struct pimg_error error = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		const struct pimg_open_options options = {.flags = flags[i]};

		assert_null(pimg_image_open("none", &options, &error));
		assert_int_equal(error.status, PIMG_USAGE);
	}
}

static void a_report_fits_a_larger_struct_of_the_caller(void **state)
{
	struct {
		struct pimg_refill_report report;
		uint32_t later;
	} larger = {.report = {.size = sizeof(larger)}, .later = 7};
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 65536);
	int ends[2];

	(void)state;
	assert_int_equal(pimg_refill(queue, ends, &larger.report, NULL), 0);
	assert_int_equal(larger.report.capacity, 65536);
	assert_int_equal(larger.report.size, sizeof(larger));
	assert_int_equal(larger.later, 7);
	close(ends[0]);
	close(ends[1]);
	pimg_queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_struct_all_fields_are_zero),
		cmocka_unit_test(size_0_has_the_fields_of_the_first_release),
		cmocka_unit_test(reads_stay_within_the_callers_struct),
		cmocka_unit_test(fields_of_a_later_release_may_be_0),
		cmocka_unit_test(fields_of_a_later_release_that_are_set_are_refused),
		cmocka_unit_test(a_size_that_was_never_set_is_refused),
		cmocka_unit_test(writes_stay_within_the_callers_struct),
		cmocka_unit_test(every_options_struct_refuses_unknown_fields),
		cmocka_unit_test(unknown_or_contradictory_flags_are_refused),
		cmocka_unit_test(a_report_fits_a_larger_struct_of_the_caller),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
