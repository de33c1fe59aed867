// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing: zeroed options are safe, values outside the enums are refused, and many queues are
 * cheap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "pipeimg.h"
#include "scratch.h"

static struct pimg_queue *two_packets(uint32_t id)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, 65536);

	pimg_queue_append(queue, PIMG_PACKET, "one", 3, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "three", 5, NULL);
	return queue;
}

static void has_two_packets(const char *name)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(scratch_path(name), NULL, &error);

	if (!image)
		fail_msg("%s", error.sentence);
	assert_int_equal(pimg_image_queue(image, 0)->packets, 2);
	assert_int_equal(pimg_image_queue(image, 0)->layout, PIMG_LAYOUT_PACKETS);
	pimg_image_close(image);
}

static void zeroed_options_keep_boundaries_in_a_file(void **state)
{
	struct pimg_writer_options options = {0};
	struct pimg_queue *queue = two_packets(1);
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path("file"), PIMG_PIPE, &options, NULL);

	(void)state;
	assert_int_equal(pimg_writer_put(writer, queue, NULL), 0);
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	has_two_packets("file");
	pimg_queue_free(queue);
}

static void zeroed_options_replace_no_file(void **state)
{
	struct pimg_writer_options options = {0};
	struct pimg_error error;

	(void)state;
	scratch_write("mine", "mine", 4);
	assert_null(pimg_writer_open(scratch_path("mine"), PIMG_PIPE, &options, &error));
	assert_int_equal(error.status, PIMG_SYSTEM);
}

static void zeroed_options_keep_boundaries_in_a_directory(void **state)
{
	struct pimg_writer_options options = {0};
	struct pimg_queue *queue = two_packets(1);
	const struct pimg_queue *constant = queue;

	(void)state;
	assert_int_equal(
		pimg_directory_write(scratch_path("directory"), &constant, 1, &options, NULL), 0);
	has_two_packets("directory");
	pimg_queue_free(queue);
}

static void zeroed_options_keep_boundaries_in_a_conversion(void **state)
{
	struct pimg_convert_options options = {0};
	struct pimg_writer_options layout = {0};
	struct pimg_queue *queue = two_packets(1);
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path("from"), PIMG_PIPE, &layout, NULL);

	(void)state;
	assert_int_equal(pimg_writer_put(writer, queue, NULL), 0);
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	assert_int_equal(
		pimg_convert(scratch_path("from"), scratch_path("to"), &options, NULL, NULL), 0);
	has_two_packets("to");
	pimg_queue_free(queue);
}

/* ---- values outside the enums ---- */

static const unsigned strange[] = {3, 4, 5, 99, 0x7fffffff, 0xffffffff};

static void every_value_has_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		assert_string_equal(pimg_type_name((enum pimg_type)strange[i]), "unknown");
		assert_string_equal(pimg_kind_name((enum pimg_kind)strange[i]), "unknown");
		assert_string_equal(pimg_layout_name((enum pimg_layout)strange[i]), "unknown");
		assert_string_equal(pimg_severity_name((enum pimg_severity)strange[i]), "unknown");
		if (strange[i] != PIMG_MODE_MIXED)
			assert_string_equal(pimg_mode_name((enum pimg_mode)strange[i]), "unknown");
	}
	assert_string_equal(pimg_type_name(PIMG_SOCKET), "socket");
	assert_string_equal(pimg_kind_name(PIMG_STREAM), "stream");
	assert_string_equal(pimg_mode_name(PIMG_MODE_MIXED), "mixed");
	assert_string_equal(pimg_layout_name(PIMG_LAYOUT_SPLICED), "spliced");
	assert_string_equal(pimg_severity_name(PIMG_ERROR), "error");
}

static void an_unknown_type_or_layout_is_not_written(void **state)
{
	struct pimg_writer_options options = {0};
	struct pimg_queue *queue = two_packets(1);
	const struct pimg_queue *constant = queue;
	struct pimg_error error;
	size_t before = scratch_count();

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		options.layout = PIMG_LAYOUT_PACKETS;
		assert_null(pimg_writer_open(scratch_path("strange"), (enum pimg_type)strange[i],
					     &options, &error));
		assert_int_equal(error.status, PIMG_USAGE);
		options.layout = (enum pimg_layout)strange[i];
		assert_null(pimg_writer_open(scratch_path("strange"), PIMG_PIPE, &options, &error));
		assert_int_equal(error.status, PIMG_USAGE);
		assert_int_equal(pimg_directory_write(scratch_path("strange"), &constant, 1,
						      &options, &error),
				 -1);
		assert_int_equal(error.status, PIMG_USAGE);
	}
	assert_int_equal(scratch_count(), before);
	pimg_queue_free(queue);
}

static void an_unknown_target_version_or_layout_is_refused(void **state)
{
	struct pimg_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		struct pimg_convert_options options[] = {
			{.output = (enum pimg_output)strange[i]},
			{.format = (enum pimg_format)strange[i]},
			{.has_layout = true, .layout = (enum pimg_layout)strange[i]},
		};

		for (size_t j = 0; j < 3; j++) {
			assert_int_equal(pimg_convert(scratch_path("from"), scratch_path("other"),
						      &options[j], NULL, &error),
					 -1);
			assert_int_equal(error.status, PIMG_USAGE);
		}
	}
}

/* ---- many queues ---- */

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_to_write(uint32_t queues)
{
	struct pimg_writer_options options = {.replace = true, .queue_count = queues};
	double before = cpu_seconds();
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path("many"), PIMG_PIPE, &options, NULL);

	for (uint32_t id = 1; id <= queues; id++) {
		struct pimg_queue *queue = two_packets(id);

		assert_int_equal(pimg_writer_put(writer, queue, NULL), 0);
		pimg_queue_free(queue);
	}
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	return cpu_seconds() - before;
}

/* Eight times as many: quadratic time would be 64 times as long. */
static void time_is_linear_in_the_number_of_queues(void **state)
{
	double few = seconds_to_write(12500), many = seconds_to_write(100000);

	(void)state;
	if (many > few * 24)
		fail_msg("12 500 queues took %.3f s, and 100 000 took %.3f s", few, many);
}

/* As after a restore: other ids but the same descriptors, in any order. */
static struct pimg_image *image_of_descriptors(const char *name, uint32_t queues, uint32_t first_id,
					       uint32_t step)
{
	struct pimg_writer_options options = {.replace = true};
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path(name), PIMG_PIPE, &options, NULL);

	for (uint32_t i = 0; i < queues; i++) {
		uint32_t which = (uint32_t)((uint64_t)i * step % queues);
		struct pimg_queue *queue = two_packets(first_id + which);
		struct pimg_end end = {.pid = 100 + which / 10, .fd = which % 10};

		assert_int_equal(pimg_queue_add_end(queue, &end, NULL), 0);
		assert_int_equal(pimg_writer_put(writer, queue, NULL), 0);
		pimg_queue_free(queue);
	}
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	return pimg_image_open(scratch_path(name), NULL, NULL);
}

static void count_same(void *context, const struct pimg_difference *difference)
{
	uint32_t *same = context;

	*same += difference->kind == PIMG_SAME &&
		 pimg_end_at(difference->queue[0]->ends, 0)->pid ==
			 pimg_end_at(difference->queue[1]->ends, 0)->pid;
}

static void many_queues_are_matched_by_their_descriptors(void **state)
{
	enum { QUEUES = 100000 };
	struct pimg_image *first = image_of_descriptors("first", QUEUES, 1, 1);
	struct pimg_image *second = image_of_descriptors("second", QUEUES, 1000000, 77777);
	double before = cpu_seconds();
	uint32_t same = 0;

	(void)state;
	assert_int_equal(pimg_diff(first, second, count_same, &same, NULL, NULL), 0);
	assert_int_equal(same, QUEUES);
	/* Comparing every pair takes minutes. */
	assert_true(cpu_seconds() - before < 20);
	pimg_image_close(first);
	pimg_image_close(second);
}

static struct pimg_queue *queue_with_end(uint32_t id, uint32_t pid, uint32_t inner_pid)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, 65536);
	struct pimg_end end = {.pid = pid, .inner_pid = inner_pid, .fd = 3};

	assert_int_equal(pimg_queue_add_end(queue, &end, NULL), 0);
	return queue;
}

static void check_inner(void *context, const struct pimg_difference *difference)
{
	size_t *told = context;

	++*told;
	assert_int_equal(difference->kind, PIMG_SAME);
	assert_int_equal(pimg_end_at(difference->queue[0]->ends, 0)->pid,
			 pimg_end_at(difference->queue[1]->ends, 0)->inner_pid);
}

/* Processes 2 and 3 of a container are 3 and 4 outside; neither is the local process 3. */
static void a_pid_of_a_container_is_not_mistaken_for_a_local_one(void **state)
{
	struct pimg_queue *dumped[] = {queue_with_end(10, 2, 0), queue_with_end(11, 3, 0)};
	struct pimg_queue *live[] = {queue_with_end(20, 3, 2), queue_with_end(21, 4, 3)};
	struct pimg_image *first, *second;
	size_t told = 0;

	(void)state;
	first = pimg_image_of_queues((const struct pimg_queue *const *)dumped, 2, NULL);
	second = pimg_image_of_queues((const struct pimg_queue *const *)live, 2, NULL);
	assert_int_equal(pimg_diff(first, second, check_inner, &told, NULL, NULL), 0);
	assert_int_equal(told, 2);
	pimg_image_close(first);
	pimg_image_close(second);
	for (int i = 0; i < 2; i++) {
		pimg_queue_free(dumped[i]);
		pimg_queue_free(live[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_options_keep_boundaries_in_a_file),
		cmocka_unit_test(zeroed_options_replace_no_file),
		cmocka_unit_test(zeroed_options_keep_boundaries_in_a_directory),
		cmocka_unit_test(zeroed_options_keep_boundaries_in_a_conversion),
		cmocka_unit_test(every_value_has_a_name),
		cmocka_unit_test(an_unknown_type_or_layout_is_not_written),
		cmocka_unit_test(an_unknown_target_version_or_layout_is_refused),
		cmocka_unit_test(time_is_linear_in_the_number_of_queues),
		cmocka_unit_test(many_queues_are_matched_by_their_descriptors),
		cmocka_unit_test(a_pid_of_a_container_is_not_mistaken_for_a_local_one),
	};

	return cmocka_run_group_tests_name("writer", tests, scratch_make, scratch_remove);
}
