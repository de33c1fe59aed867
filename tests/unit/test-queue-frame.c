// SPDX-License-Identifier: GPL-2.0-or-later
/* Queues in memory, split by a rule: the result that upgrading the image would have. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pipeimg.h"
#include "same-queue.h"
#include "scratch.h"

static struct pimg_queue *new_queue(void)
{
	return pimg_queue_new(PIMG_PIPE, 4711, 65536);
}

static void append(struct pimg_queue *queue, enum pimg_kind kind, const char *text)
{
	assert_int_equal(pimg_queue_append(queue, kind, text, strlen(text), NULL), 0);
}

static struct pimg_queue *frame(const struct pimg_queue *queue, const char *rule,
				struct pimg_error *error)
{
	return pimg_queue_frame(queue, rule, NULL, error);
}

static void assert_chunk(const struct pimg_queue *queue, size_t index, enum pimg_kind kind,
			 const char *text)
{
	struct pimg_chunk chunk = pimg_queue_chunk(queue, index);

	assert_int_equal(chunk.kind, kind);
	assert_int_equal(chunk.length, strlen(text));
	assert_memory_equal((const char *)pimg_queue_data(queue) + chunk.offset, text,
			    chunk.length);
}

static void a_run_becomes_the_packets_that_the_rule_finds(void **state)
{
	struct pimg_queue *queue = new_queue(), *framed;

	(void)state;
	append(queue, PIMG_STREAM, "a\nbc\n\n");
	framed = frame(queue, "delim:\\n", NULL);
	assert_non_null(framed);
	assert_int_equal(pimg_queue_chunk_count(framed), 3);
	assert_chunk(framed, 0, PIMG_PACKET, "a\n");
	assert_chunk(framed, 1, PIMG_PACKET, "bc\n");
	assert_chunk(framed, 2, PIMG_PACKET, "\n");
	/* It is a copy. */
	assert_int_equal(pimg_queue_chunk_count(queue), 1);
	pimg_queue_free(queue);
	assert_int_equal(pimg_queue_bytes(framed), 6);
	pimg_queue_free(framed);
}

static void known_packets_stay_unchanged(void **state)
{
	struct pimg_queue *queue = new_queue(), *framed;

	(void)state;
	append(queue, PIMG_PACKET, "abcd");
	append(queue, PIMG_STREAM, "efgh");
	append(queue, PIMG_PACKET, "i");
	append(queue, PIMG_STREAM, "jk");
	framed = frame(queue, "fixed:2", NULL);
	assert_non_null(framed);
	assert_int_equal(pimg_queue_chunk_count(framed), 5);
	assert_chunk(framed, 0, PIMG_PACKET, "abcd");
	assert_chunk(framed, 1, PIMG_PACKET, "ef");
	assert_chunk(framed, 2, PIMG_PACKET, "gh");
	assert_chunk(framed, 3, PIMG_PACKET, "i");
	assert_chunk(framed, 4, PIMG_PACKET, "jk");
	pimg_queue_free(queue);
	pimg_queue_free(framed);
}

static void other_data_of_the_queue_is_kept(void **state)
{
	struct pimg_origin origin = {
		.known = PIMG_ORIGIN_TIME | PIMG_ORIGIN_PAGE | PIMG_ORIGIN_OWNER | PIMG_ORIGIN_MODE,
		.captured_at_ns = 17,
		.page_size = 4096,
		.uid = 1000,
		.gid = 100,
		.mode = 0640,
	};
	struct pimg_end end = {.pid = 4711, .fd = 5, .flags = O_WRONLY, .comm = "writer"};
	struct pimg_queue *queue = new_queue(), *framed;

	(void)state;
	pimg_queue_set_origin(queue, &origin);
	assert_int_equal(pimg_queue_add_end(queue, &end, NULL), 0);
	assert_int_equal(pimg_queue_add_end(queue, &end, NULL), 0);
	framed = frame(queue, "page", NULL);
	assert_non_null(framed);
	assert_int_equal(pimg_queue_chunk_count(framed), 0);
	assert_same_attributes(queue, framed);
	pimg_queue_free(queue);
	pimg_queue_free(framed);
}

static void the_error_for_a_rule_that_does_not_fit_gives_the_offset(void **state)
{
	struct pimg_queue *queue = new_queue();
	struct pimg_error error;

	(void)state;
	append(queue, PIMG_PACKET, "abc");
	append(queue, PIMG_STREAM, "defgh");
	assert_null(frame(queue, "fixed:2", &error));
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_int_equal(error.pipe, 4711);
	assert_string_equal(error.sentence, "fixed:2 does not fit at byte 7 of the queue: a packet "
					    "of 2 bytes, but only 1 is left");
	assert_null(frame(queue, "fixed:2", NULL));
	pimg_queue_free(queue);
}

static void no_packet_is_longer_than_a_page_of_the_machine(void **state)
{
	static const char zeros[8192];
	struct pimg_origin origin = {.known = PIMG_ORIGIN_PAGE, .page_size = 4096};
	struct pimg_queue *queue = new_queue(), *framed;
	struct pimg_error error;

	(void)state;
	assert_int_equal(pimg_queue_append(queue, PIMG_STREAM, zeros, sizeof(zeros), NULL), 0);
	framed = frame(queue, "fixed:8192", NULL);
	assert_non_null(framed);
	pimg_queue_free(framed);
	pimg_queue_set_origin(queue, &origin);
	assert_null(frame(queue, "fixed:8192", &error));
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_non_null(strstr(error.sentence, "longer than a page (4096)"));
	pimg_queue_free(queue);
}

static void datagrams_of_sockets_are_not_stream_runs(void **state)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_SOCKET, 7, 0), *framed;

	(void)state;
	append(queue, PIMG_PACKET, "");
	append(queue, PIMG_PACKET, "abc");
	framed = frame(queue, "fixed:2", NULL);
	assert_non_null(framed);
	assert_true(pimg_queue_equal(queue, framed, NULL));
	pimg_queue_free(queue);
	pimg_queue_free(framed);
}

/* The result in memory equals that in the file. */
static void a_queue_is_split_as_conversion_splits_the_file(void **state)
{
	struct pimg_writer_options options = {
		.layout = PIMG_LAYOUT_SPLICED,
		.replace = true,
		.queue_count = 1,
	};
	struct pimg_frame_choice choice = {.for_all = true, .rule = "u8"};
	struct pimg_convert_options convert = {
		.replace = true, .frames = &choice, .frame_count = 1};
	struct pimg_queue *queue = new_queue(), *framed, *converted;
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path("from"), PIMG_PIPE, &options, NULL);
	struct pimg_image *image;

	(void)state;
	append(queue, PIMG_STREAM, "\1a\2bc\3def");
	assert_int_equal(pimg_writer_put(writer, queue, NULL), 0);
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	assert_int_equal(
		pimg_convert(scratch_path("from"), scratch_path("to"), &convert, NULL, NULL), 0);
	image = pimg_image_open(scratch_path("to"), NULL, NULL);
	converted = pimg_image_load(image, 0, NULL);
	framed = frame(queue, "u8", NULL);
	assert_non_null(framed);
	assert_true(pimg_queue_equal(converted, framed, NULL));
	pimg_queue_free(converted);
	pimg_queue_free(framed);
	pimg_queue_free(queue);
	pimg_image_close(image);
}

/* Reported before the packets are built: 16 MiB of one-byte packets. */
static void more_packets_than_a_record_can_list_are_refused(void **state)
{
	enum { BYTES = 16 << 20 };
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 4711, 0), *framed;
	char *zeros = calloc(1, BYTES);
	struct pimg_image *image;
	struct pimg_error error;

	(void)state;
	assert_int_equal(pimg_queue_append(queue, PIMG_STREAM, zeros, BYTES, NULL), 0);
	assert_null(frame(queue, "fixed:1", &error));
	assert_int_equal(error.status, PIMG_USAGE);
	assert_non_null(strstr(error.sentence, "try a rule with longer packets"));
	/* A queue that is accepted can be stored. */
	framed = frame(queue, "fixed:4", &error);
	assert_non_null(framed);
	assert_int_equal(pimg_queue_chunk_count(framed), BYTES / 4);
	image = pimg_image_of_queues((const struct pimg_queue *const *)&framed, 1, &error);
	assert_non_null(image);
	pimg_image_close(image);
	pimg_queue_free(framed);
	pimg_queue_free(queue);
	free(zeros);
}

/* A pipe of 64 KiB has 16 slots, and each packet takes one. */
static void more_packets_than_slots_are_refused(void **state)
{
	struct pimg_queue *queue = new_queue(), *framed;
	struct pimg_error error;

	(void)state;
	append(queue, PIMG_STREAM, "0123456789abcdefg");
	assert_null(frame(queue, "fixed:1", &error));
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_non_null(strstr(error.sentence, "fixed:1 gives 17 packets"));
	assert_non_null(strstr(error.sentence, "only 16 slots"));
	pimg_queue_free(queue);
	queue = new_queue();
	append(queue, PIMG_STREAM, "0123456789abcdef");
	framed = frame(queue, "fixed:1", &error);
	assert_non_null(framed);
	pimg_queue_free(framed);
	pimg_queue_free(queue);
}

static int stop_second(void *context, uint64_t done, uint64_t total)
{
	unsigned *calls = context;

	assert_true(done <= total);
	return ++*calls == 2;
}

static void splitting_can_be_stopped(void **state)
{
	enum { BYTES = 1 << 20 };
	struct pimg_queue *queue = new_queue();
	char *zeros = calloc(1, BYTES);
	struct pimg_error error;
	unsigned calls = 0;

	(void)state;
	assert_int_equal(pimg_queue_append(queue, PIMG_STREAM, zeros, BYTES, NULL), 0);
	assert_null(pimg_queue_frame(queue, "fixed:64",
				     &(struct pimg_progress){stop_second, &calls}, &error));
	assert_int_equal(error.errno_value, EINTR);
	assert_int_equal(calls, 2);
	pimg_queue_free(queue);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_becomes_the_packets_that_the_rule_finds),
		cmocka_unit_test(known_packets_stay_unchanged),
		cmocka_unit_test(other_data_of_the_queue_is_kept),
		cmocka_unit_test(the_error_for_a_rule_that_does_not_fit_gives_the_offset),
		cmocka_unit_test(no_packet_is_longer_than_a_page_of_the_machine),
		cmocka_unit_test(datagrams_of_sockets_are_not_stream_runs),
		cmocka_unit_test(a_queue_is_split_as_conversion_splits_the_file),
		cmocka_unit_test(more_packets_than_a_record_can_list_are_refused),
		cmocka_unit_test(more_packets_than_slots_are_refused),
		cmocka_unit_test(splitting_can_be_stopped),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
