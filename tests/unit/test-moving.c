// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captures of pipes in constant use: each capture must be a state that existed, and the processes
 * on the pipe must not notice it.
 *
 * A writer sends units with ascending numbers, as packets and as whole pages of stream bytes; a
 * reader checks that none is missing, duplicated or merged; a third process changes the capacity.
 * PIPEIMG_CAPTURES sets how many captures are taken of each kind of traffic.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "pipeimg.h"

#define PAGE 4096U

/* Which units are packets; the rest are pages of stream bytes, which never merge with anything. */
typedef bool (*is_packet_fn)(uint32_t number);

static bool all_packets(uint32_t number)
{
	(void)number;
	return true;
}

static bool no_packets(uint32_t number)
{
	(void)number;
	return false;
}

static bool some_packets(uint32_t number)
{
	return number % 7 < 4;
}

static uint32_t unit_length(is_packet_fn is_packet, uint32_t number)
{
	return is_packet(number) ? 4 + number * 2654435761U % 4093 : PAGE;
}

/* Shared with the children: when to end, and what they have found. */
struct shared {
	volatile bool end;
	volatile uint32_t written, read;
	volatile bool reader_failed;
};

static void write_units(int fd, is_packet_fn is_packet, struct shared *shared)
{
	uint8_t unit[PAGE + 4] = {0};

	for (uint32_t number = 0; !shared->end; number++) {
		uint32_t length = unit_length(is_packet, number);

		memcpy(unit, &number, sizeof(number));
		fcntl(fd, F_SETFL, is_packet(number) ? O_DIRECT : 0);
		if (write(fd, unit, length) != (ssize_t)length)
			abort();
		shared->written = number + 1;
	}
}

static uint32_t number_at(const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

/*
 * Checks the result of one read: whole units of stream bytes, and perhaps a packet after them. A
 * page of stream bytes that one read began continues in the next.
 */
static bool check_read(const uint8_t *bytes, size_t length, is_packet_fn is_packet,
		       uint32_t *expected)
{
	size_t at = 0;

	while (at < length) {
		if (number_at(bytes + at) != *expected)
			return false;
		at += unit_length(is_packet, *expected);
		if (is_packet((*expected)++))
			return at == length;
	}
	return at == length;
}

/* Reads at least whole pages, so that no unit is cut. */
static void read_units(int fd, is_packet_fn is_packet, struct shared *shared)
{
	static uint8_t bytes[4 * PAGE];
	uint32_t expected = 0;
	ssize_t got;

	while ((got = read(fd, bytes, (1 + expected % 3) * PAGE)) > 0) {
		if (!check_read(bytes, (size_t)got, is_packet, &expected))
			shared->reader_failed = true;
		shared->read = expected;
	}
}

static void change_capacity(int fd, struct shared *shared)
{
	for (unsigned i = 0; !shared->end; i++)
		fcntl(fd, F_SETPIPE_SZ, PAGE << i % 8);
}

/*
 * Checks a capture: units with ascending numbers, without a gap. The reader reads whole units, so
 * no unit can be partly consumed.
 */
static void check_window(const struct pimg_queue *queue, is_packet_fn is_packet)
{
	const uint8_t *data = pimg_queue_data(queue);
	uint32_t expected = 0;
	bool first = true;

	for (size_t i = 0; i < pimg_queue_chunk_count(queue); i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(queue, i);

		for (uint32_t at = 0; at < chunk.length;) {
			uint32_t number = number_at(data + chunk.offset + at);
			uint32_t length = unit_length(is_packet, number);

			if (!first && number != expected)
				fail_msg("unit %u follows unit %u", number, expected - 1);
			if (is_packet(number) != (chunk.kind == PIMG_PACKET))
				fail_msg("unit %u is a %s", number, pimg_kind_name(chunk.kind));
			if (chunk.kind == PIMG_PACKET && length != chunk.length)
				fail_msg("packet %u has %u bytes, not %u", number, chunk.length,
					 length);
			expected = number + 1;
			at += length;
			first = false;
		}
	}
}

static pid_t start(void (*run)(int fd, is_packet_fn is_packet, struct shared *shared), int fd,
		   int other, is_packet_fn is_packet, struct shared *shared)
{
	pid_t pid = fork_child();

	if (pid)
		return pid;
	close(other);
	run(fd, is_packet, shared);
	_exit(0);
}

static void run_changer(int fd, is_packet_fn is_packet, struct shared *shared)
{
	(void)is_packet;
	change_capacity(fd, shared);
}

static unsigned long captures_wanted(void)
{
	const char *text = getenv("PIPEIMG_CAPTURES");

	return text && *text ? strtoul(text, NULL, 0) : 10000;
}

static void every_capture_is_a_state_that_existed(is_packet_fn is_packet, bool changing)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long wanted = captures_wanted(), not_empty = 0;
	pid_t writer, reader, changer = 0;
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	writer = start(write_units, ends[1], ends[0], is_packet, shared);
	reader = start(read_units, ends[0], ends[1], is_packet, shared);
	if (changing)
		changer = start(run_changer, ends[1], ends[0], is_packet, shared);
	close(ends[1]);
	/* A capture of an empty pipe proves nothing, so only a limited number may be empty. */
	for (unsigned long i = 0; i < wanted || (not_empty < wanted / 4 && i < wanted * 10); i++) {
		struct pimg_error error;
		struct pimg_queue *queue = pimg_capture_fd(ends[0], &error);

		if (!queue)
			fail_msg("%s", error.sentence);
		check_window(queue, is_packet);
		not_empty += pimg_queue_chunk_count(queue) > 0;
		pimg_queue_free(queue);
	}
	shared->end = true;
	if (changer)
		waitpid(changer, &status, 0);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	close(ends[0]);
	/* Nothing was consumed, duplicated or merged. */
	assert_false(shared->reader_failed);
	assert_int_equal(shared->read, shared->written);
	assert_true(shared->written > 0);
	assert_true(not_empty >= wanted / 4);
	munmap(shared, sizeof(*shared));
}

static void packets_are_captured_while_they_move(void **state)
{
	(void)state;
	every_capture_is_a_state_that_existed(all_packets, false);
}

static void a_stream_is_captured_while_it_moves(void **state)
{
	(void)state;
	every_capture_is_a_state_that_existed(no_packets, false);
}

static void a_mixed_queue_is_captured_while_it_moves(void **state)
{
	(void)state;
	every_capture_is_a_state_that_existed(some_packets, false);
}

static void a_pipe_is_captured_while_its_capacity_changes(void **state)
{
	(void)state;
	every_capture_is_a_state_that_existed(some_packets, true);
}

/* ---- many pipes, many processes ---- */

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * Closes all descriptors but one. An inherited pipe, such as that of standard output and error, could count as one of
 * the many: its other holders may fork during the scan, and be missed.
 */
static void close_inherited(int except)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (int fd = 3; fd < 1024; fd++) {
		if (fd != except)
			close(fd);
	}
}

/* A child that holds count pipes, each with its number in it as a packet, and then sleeps. */
static pid_t start_holder_of_many(unsigned count)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork_child();
	if (pid == 0) {
		struct rlimit limit;

		close_inherited(ready[1]);
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		for (uint32_t i = 0; i < count; i++) {
			int ends[2];

			if (pipe2(ends, O_DIRECT) < 0 || write(ends[1], &i, sizeof(i)) != 4)
				_exit(1);
		}
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		close(ready[0]);
		end_child(pid);
		return -1;
	}
	close(ready[0]);
	return pid;
}

static void a_thousand_pipes_are_captured_with_descriptors_above_1024(void **state)
{
	enum { COUNT = 1000 };
	pid_t pid = start_holder_of_many(COUNT);
	bool seen[COUNT] = {false};
	uint32_t highest = 0;
	struct pimg_live *live;

	(void)state;
	if (pid < 0) {
		print_message("needs 2000 descriptors (ulimit -Hn) and pipes in one process\n");
		skip();
	}
	live = pimg_live_scan(0, NULL);
	assert_non_null(live);
	for (size_t i = 0; i < pimg_live_pipe_count(live); i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(live, i);
		struct pimg_queue *queue;
		uint32_t number;

		if (pimg_end_at(pipe->ends, 0)->pid != (uint32_t)pid || pipe->end_count != 2)
			continue;
		queue = pimg_live_capture(live, i, 0, NULL);
		assert_non_null(queue);
		assert_int_equal(pimg_queue_packet_count(queue), 1);
		number = number_at(pimg_queue_data(queue));
		assert_true(number < COUNT && !seen[number]);
		seen[number] = true;
		if (pimg_end_at(pipe->ends, 1)->fd > highest)
			highest = pimg_end_at(pipe->ends, 1)->fd;
		pimg_queue_free(queue);
	}
	pimg_live_free(live);
	end_child(pid);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(seen[i]);
	assert_true(highest > 1024);
}

/* Processes that constantly start, write, chmod, exec, close and exit. */
static void churn(struct shared *shared)
{
	while (!shared->end) {
		pid_t pid = fork_child();
		int ends[2];

		if (pid > 0) {
			waitpid(pid, NULL, 0);
			continue;
		}
		if (pipe2(ends, O_DIRECT) < 0 || write(ends[1], "abc", 3) != 3)
			_exit(1);
		if (fchmod(ends[0], 0) < 0 || fchmod(ends[0], 0600) < 0)
			_exit(1);
		close(ends[0]);
		if (getpid() % 2)
			execl("/bin/true", "true", (char *)NULL);
		_exit(0);
	}
	_exit(0);
}

static void processes_that_start_and_exit_cause_no_failure(void **state)
{
	enum { CHURNERS = 3, LOOKS = 300 };
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t churners[CHURNERS];
	unsigned captured = 0, gone = 0;
	time_t end = time(NULL) + 300;

	(void)state;
	for (size_t i = 0; i < CHURNERS; i++) {
		churners[i] = fork_child();
		if (churners[i] == 0)
			churn(shared);
	}
	/* On a busy machine the first scans may find no process that lives long enough. */
	for (unsigned look = 0; look < LOOKS || (!captured && time(NULL) < end); look++) {
		struct pimg_live *live = pimg_live_scan(0, NULL);

		assert_non_null(live);
		for (size_t i = 0; i < pimg_live_pipe_count(live); i++) {
			const struct pimg_live_pipe *pipe = pimg_live_pipe(live, i);
			struct pimg_error error;
			struct pimg_queue *queue;

			/*
			 * Pipes of unrelated processes may become hidden from this user at any
			 * time.
			 */
			if (!pimg_live_descends(live, (pid_t)pimg_end_at(pipe->ends, 0)->pid,
						churners[0]) &&
			    !pimg_live_descends(live, (pid_t)pimg_end_at(pipe->ends, 0)->pid,
						churners[1]) &&
			    !pimg_live_descends(live, (pid_t)pimg_end_at(pipe->ends, 0)->pid,
						churners[2]))
				continue;
			queue = pimg_live_capture(live, i, 0, &error);
			if (!queue && error.errno_value != ESRCH)
				fail_msg("%s", error.sentence);
			captured += queue != NULL;
			gone += queue == NULL;
			pimg_queue_free(queue);
		}
		pimg_live_free(live);
	}
	shared->end = true;
	for (size_t i = 0; i < CHURNERS; i++)
		waitpid(churners[i], NULL, 0);
	munmap(shared, sizeof(*shared));
	print_message("# %u captured, %u gone before they could be\n", captured, gone);
	assert_true(captured > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_captured_while_they_move),
		cmocka_unit_test(a_stream_is_captured_while_it_moves),
		cmocka_unit_test(a_mixed_queue_is_captured_while_it_moves),
		cmocka_unit_test(a_pipe_is_captured_while_its_capacity_changes),
		cmocka_unit_test(a_thousand_pipes_are_captured_with_descriptors_above_1024),
		cmocka_unit_test(processes_that_start_and_exit_cause_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
