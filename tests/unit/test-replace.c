// SPDX-License-Identifier: GPL-2.0-or-later
/* Work that remains after CRIU's restore: content, and packet mode on ends of other processes. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeimg-private.h"

/* "one" and "two" as packets, then "tail". */
static struct pimg_queue *mixed_queue(void)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 16384);

	assert_int_equal(pimg_queue_append(queue, PIMG_PACKET, "one", 3, NULL), 0);
	assert_int_equal(pimg_queue_append(queue, PIMG_PACKET, "two", 3, NULL), 0);
	assert_int_equal(pimg_queue_append(queue, PIMG_STREAM, "tail", 4, NULL), 0);
	return queue;
}

static void assert_holds(int fd, const struct pimg_queue *queue)
{
	struct pimg_queue *found = pimg_capture_fd(fd, NULL);

	assert_non_null(found);
	assert_true(pimg_queue_equal(queue, found, NULL));
	pimg_queue_free(found);
}

static void merged_bytes_are_replaced_by_packets(void **state)
{
	struct pimg_queue *queue = mixed_queue();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "onetwotail", 10), 10);
	assert_int_equal(pimg_refill_replace(queue, NULL, ends[0], NULL, NULL), 0);
	assert_holds(ends[0], queue);
	assert_int_equal(fcntl(ends[0], F_GETPIPE_SZ), 16384);
	/* The second time there is nothing to do. */
	assert_int_equal(pimg_refill_replace(queue, NULL, ends[1], NULL, NULL), 0);
	assert_holds(ends[0], queue);
	pimg_queue_free(queue);
	close(ends[0]);
	close(ends[1]);
}

static void an_empty_pipe_without_readers_is_filled(void **state)
{
	struct pimg_queue *queue = mixed_queue();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(pimg_refill_replace(queue, NULL, ends[1], NULL, NULL), 0);
	assert_holds(ends[1], queue);
	pimg_queue_free(queue);
	close(ends[1]);
}

static void other_bytes_are_not_replaced(void **state)
{
	struct pimg_queue *queue = mixed_queue();
	struct pimg_error error;
	char bytes[16];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "onetwotale", 10), 10);
	assert_int_equal(pimg_refill_replace(queue, NULL, ends[0], NULL, &error), -1);
	assert_int_equal(error.errno_value, EBUSY);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 10);
	assert_memory_equal(bytes, "onetwotale", 10);
	pimg_queue_free(queue);
	close(ends[0]);
	close(ends[1]);
}

static bool is_in_packet_mode(int fd)
{
	return fcntl(fd, F_GETFL) & O_DIRECT;
}

/* A packet longer than a page, from a machine with larger pages. */
static void content_stays_if_the_queue_does_not_fit(void **state)
{
	size_t length = (size_t)sysconf(_SC_PAGESIZE) + 1;
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 65536);
	char *bytes = calloc(1, length), *read_bytes = calloc(1, length + 1);
	struct pimg_error error;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(write(ends[1], bytes, length), (ssize_t)length);
	assert_int_equal(pimg_queue_append(queue, PIMG_PACKET, bytes, (uint32_t)length, NULL), 0);
	assert_int_equal(pimg_refill_replace(queue, NULL, ends[0], NULL, &error), -1);
	assert_int_equal(error.errno_value, EMSGSIZE);
	assert_int_equal(read(ends[0], read_bytes, length + 1), (ssize_t)length);
	pimg_queue_free(queue);
	free(bytes);
	free(read_bytes);
	close(ends[0]);
	close(ends[1]);
}

/* CRIU copied the pipe at another moment than the hook. */
static void the_content_that_criu_has_put_is_replaced_even_if_it_differs(void **state)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 65536);
	struct pimg_queue *put = pimg_queue_new(PIMG_PIPE, 1, 65536);
	struct pimg_error error;
	char bytes[16];
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(pimg_queue_append(queue, PIMG_PACKET, "new", 3, NULL), 0);
	assert_int_equal(pimg_queue_append(put, PIMG_STREAM, "older", 5, NULL), 0);
	assert_int_equal(write(ends[1], "other", 5), 5);
	assert_int_equal(pimg_refill_replace(queue, put, ends[1], NULL, &error), -1);
	assert_int_equal(error.errno_value, EBUSY);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 5);
	assert_int_equal(write(ends[1], "older", 5), 5);
	assert_int_equal(pimg_refill_replace(queue, put, ends[1], NULL, NULL), 0);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 3);
	assert_memory_equal(bytes, "new", 3);

	/* A queue that was empty at the later moment. */
	pimg_queue_free(queue);
	queue = pimg_queue_new(PIMG_PIPE, 1, 65536);
	assert_int_equal(write(ends[1], "older", 5), 5);
	assert_int_equal(pimg_refill_replace(queue, put, ends[1], NULL, NULL), 0);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), -1);
	pimg_queue_free(queue);
	pimg_queue_free(put);
	close(ends[0]);
	close(ends[1]);
}

static void packet_mode_is_set_by_pid_and_descriptor(void **state)
{
	struct pimg_error error;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pimg_live_set_packet_mode(getpid(), ends[1], true, NULL), 0);
	assert_true(is_in_packet_mode(ends[1]));
	assert_int_equal(pimg_live_set_packet_mode(getpid(), ends[1], false, NULL), 0);
	assert_false(is_in_packet_mode(ends[1]));
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(pimg_live_set_packet_mode(getpid(), ends[1], true, &error), -1);
	assert_int_equal(error.errno_value, EBADF);
}

static void parent_and_inner_pid_of_a_process_are_found(void **state)
{
	struct pimg_process process;
	struct pimg_error error;

	(void)state;
	assert_int_equal(pimg_process_look(getpid(), &process, NULL), 0);
	assert_int_equal(process.parent, getppid());
	assert_int_equal(process.inner_pid, getpid());
	assert_int_equal(process.state, 'R');
	assert_int_equal(pimg_process_look(0x7fffffff, &process, &error), -1);
	assert_int_equal(error.errno_value, ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_bytes_are_replaced_by_packets),
		cmocka_unit_test(an_empty_pipe_without_readers_is_filled),
		cmocka_unit_test(other_bytes_are_not_replaced),
		cmocka_unit_test(content_stays_if_the_queue_does_not_fit),
		cmocka_unit_test(the_content_that_criu_has_put_is_replaced_even_if_it_differs),
		cmocka_unit_test(packet_mode_is_set_by_pid_and_descriptor),
		cmocka_unit_test(parent_and_inner_pid_of_a_process_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
