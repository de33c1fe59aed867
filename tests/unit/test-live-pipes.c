// SPDX-License-Identifier: GPL-2.0-or-later
/* Live pipes as the browser sees them, without a terminal: their states, and who waits for whom. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "tui/data/blocking.h"
#include "tui/data/holders.h"

/* ---- made-up scans ---- */

#define READ  0U
#define WRITE 1U

#define MOST 8

/* Pipes to which ends are added one by one. */
struct made {
	struct live_look look;
	struct live_pipe pipes[MOST];
	struct pimg_live_pipe found[MOST];
	struct pimg_end ends[MOST][MOST];
};

static size_t add_pipe(struct made *made, uint64_t inode, uint32_t bytes)
{
	size_t index = made->look.count++;
	struct live_pipe *pipe = &made->pipes[index];

	made->found[index] = (struct pimg_live_pipe){
		.type = PIMG_PIPE,
		.device = 1,
		.inode = inode,
		.id = (uint32_t)inode,
		.ends = (const struct pimg_ends *)made->ends[index],
	};
	made->look.pipes = made->pipes;
	pipe->found = &made->found[index];
	pipe->fill_known = true;
	pipe->fill = (struct pimg_fill){.bytes = bytes, .capacity = 65536, .full = bytes == 65536};
	return index;
}

/* All ends of a process must be added consecutively. */
static void add_end(struct made *made, size_t pipe, const char *name, uint32_t pid, unsigned does)
{
	struct pimg_end *end = &made->ends[pipe][made->found[pipe].end_count++];

	*end = (struct pimg_end){.pid = pid, .fd = does, .flags = does ? O_WRONLY : O_RDONLY};
	strncpy(end->comm, name, sizeof(end->comm) - 1);
}

static void add_wait(struct made *made, size_t pipe, uint32_t pid, uint32_t tid, unsigned does)
{
	struct live_pipe *waited = &made->pipes[pipe];

	waited->waits[waited->wait_count++] =
		(struct pimg_wait){.pid = pid, .tid = tid, .fd = does, .writes = does};
}

/* A pipe from a writer to a reader, full or empty, with one of them waiting. */
static size_t add_blocked(struct made *made, uint64_t inode, const char *writer, uint32_t writes,
			  const char *reader, uint32_t reads, unsigned does)
{
	size_t pipe = add_pipe(made, inode, does == WRITE ? 65536 : 0);
	uint32_t waits = does == WRITE ? writes : reads;

	add_end(made, pipe, writer, writes, WRITE);
	add_end(made, pipe, reader, reads, READ);
	add_wait(made, pipe, waits, waits, does);
	made->pipes[pipe].state = blocking_state(&made->pipes[pipe]);
	return pipe;
}

static void assert_explained(struct made *made, size_t pipe, const char *expected)
{
	char text[512];

	made->pipes[pipe].state = blocking_state(&made->pipes[pipe]);
	blocking_explain(&made->look, pipe, text, sizeof(text));
	assert_string_equal(text, expected);
}

/* ---- states of a pipe ---- */

/*
 * Whether the writer of a full pipe has been waiting since an earlier scan, which change modified.
 */
static bool goes_on(bool polls, void (*change)(struct live_pipe *before))
{
	struct made made = {0};
	struct live_pipe *pipe = &made.pipes[add_blocked(&made, 1, "w", 10, "r", 11, WRITE)];
	struct live_pipe before;

	pipe->waits[0].polls = polls;
	before = *pipe;
	if (change)
		change(&before);
	return blocking_goes_on(pipe, &before);
}

static void with_other_bytes(struct live_pipe *before)
{
	before->fill.bytes--;
}

static void with_another_writer(struct live_pipe *before)
{
	before->waits[0].tid = 99;
}

static void with_nobody(struct live_pipe *before)
{
	before->wait_count = 0;
}

static void with_fewer_switches(struct live_pipe *before)
{
	before->waits[0].switches--;
}

static void a_full_pipe_is_stuck_if_its_writer_has_not_run(void **state)
{
	(void)state;
	assert_true(goes_on(false, NULL));
	assert_false(goes_on(false, with_other_bytes));
	assert_false(goes_on(false, with_another_writer));
	assert_false(goes_on(false, with_nobody));
	assert_false(goes_on(false, with_fewer_switches));
}

static void a_writer_that_polls_a_full_pipe_may_run_for_another_reason(void **state)
{
	(void)state;
	assert_true(goes_on(true, NULL));
	assert_true(goes_on(true, with_fewer_switches));
	assert_false(goes_on(true, with_other_bytes));
	assert_false(goes_on(true, with_nobody));
}

static void a_pipe_that_is_not_full_is_never_stuck(void **state)
{
	struct made made = {0};
	struct live_pipe *pipe = &made.pipes[add_blocked(&made, 1, "w", 10, "r", 11, READ)];

	(void)state;
	assert_false(blocking_goes_on(pipe, pipe));
}

static void polling_an_empty_pipe_within_one_process_is_not_a_wait(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "loop", 10, "loop", 10, READ);

	(void)state;
	assert_int_equal(made.pipes[pipe].state, LIVE_AWAITED);
	made.pipes[pipe].waits[0].polls = true;
	assert_explained(&made, pipe, "");
	assert_int_equal(made.pipes[pipe].state, LIVE_PRIVATE);
}

static void a_chain_ends_at_a_reader_that_polls_for_bytes(void **state)
{
	struct made made = {0};
	size_t first = add_blocked(&made, 1, "a", 10, "b", 11, READ);
	size_t second = add_blocked(&made, 2, "c", 12, "a", 10, READ);

	(void)state;
	made.pipes[second].waits[0].polls = true;
	assert_explained(&made, second, "a[10] waits for c[12]");
	assert_explained(&made, first, "b[11] waits for a[10]");
	made.pipes[second].waits[0].polls = false;
	assert_explained(&made, first, "b[11] waits for a[10], which waits for c[12]");
}

static void a_chain_continues_at_a_writer_that_polls_a_full_pipe(void **state)
{
	struct made made = {0};
	size_t first = add_blocked(&made, 1, "a", 10, "b", 11, WRITE);
	size_t second = add_blocked(&made, 2, "b", 11, "c", 12, WRITE);

	(void)state;
	made.pipes[second].waits[0].polls = true;
	assert_explained(&made, first, "a[10] waits for b[11], which waits for c[12]");
}

static void a_process_that_only_waits_is_preferred_to_one_that_polls(void **state)
{
	struct made made = {0};
	size_t pipe = add_pipe(&made, 1, 0);

	(void)state;
	add_end(&made, pipe, "polls", 10, READ);
	add_end(&made, pipe, "reads", 11, READ);
	add_end(&made, pipe, "w", 12, WRITE);
	add_wait(&made, pipe, 10, 10, READ);
	made.pipes[pipe].waits[0].polls = true;
	add_wait(&made, pipe, 11, 11, READ);
	assert_explained(&made, pipe, "reads[11] waits for w[12]");
}

static void an_empty_pipe_with_a_waiting_reader_is_not_stuck(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "w", 10, "r", 11, READ);

	(void)state;
	assert_int_equal(made.pipes[pipe].state, LIVE_AWAITED);
	made.pipes[pipe].wait_count = 0;
	assert_int_equal(blocking_state(&made.pipes[pipe]), LIVE_EMPTY);
}

static void a_wait_that_is_over_does_not_count(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "w", 10, "r", 11, WRITE);

	(void)state;
	made.pipes[pipe].fill = (struct pimg_fill){.bytes = 100, .capacity = 65536};
	assert_explained(&made, pipe, "");
	assert_int_equal(made.pipes[pipe].state, LIVE_UNREAD);
	assert_false(blocking_waits(&made.pipes[pipe]));
}

static void an_empty_pipe_of_one_process_comes_last(void **state)
{
	struct made made = {0};
	size_t pipe = add_pipe(&made, 1, 0);

	(void)state;
	add_end(&made, pipe, "loop", 10, READ);
	assert_int_equal(blocking_state(&made.pipes[pipe]), LIVE_EMPTY);
	add_end(&made, pipe, "loop", 10, WRITE);
	assert_int_equal(blocking_state(&made.pipes[pipe]), LIVE_PRIVATE);
	add_end(&made, pipe, "other", 11, WRITE);
	assert_int_equal(blocking_state(&made.pipes[pipe]), LIVE_EMPTY);
}

static void a_pipe_that_cannot_be_inspected_is_unknown(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "w", 10, "r", 11, WRITE);

	(void)state;
	made.pipes[pipe].fill_known = false;
	assert_int_equal(blocking_state(&made.pipes[pipe]), LIVE_UNKNOWN);
	assert_explained(&made, pipe, "w[10] waits for r[11]");
}

/* ---- who waits for whom ---- */

static void a_writer_waits_for_the_reader(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "w", 10, "r", 11, WRITE);

	(void)state;
	assert_explained(&made, pipe, "w[10] waits for r[11]");
}

static void a_reader_waits_for_the_writer(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "w", 10, "r", 11, READ);

	(void)state;
	assert_explained(&made, pipe, "r[11] waits for w[10]");
}

static void a_chain_is_followed_to_the_process_that_does_not_wait(void **state)
{
	struct made made = {0};
	size_t first = add_blocked(&made, 1, "a", 10, "b", 11, WRITE);
	size_t second = add_blocked(&made, 2, "b", 11, "c", 12, WRITE);

	(void)state;
	add_blocked(&made, 3, "c", 12, "d", 13, WRITE);
	assert_explained(&made, first,
			 "a[10] waits for b[11], which waits for c[12], which waits for d[13]");
	assert_explained(&made, second, "b[11] waits for c[12], which waits for d[13]");
}

static void a_reader_that_itself_waits_for_bytes_is_reported(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "a", 10, "b", 11, WRITE);

	(void)state;
	add_blocked(&made, 2, "c", 12, "b", 11, READ);
	assert_explained(&made, pipe, "a[10] waits for b[11], which waits for c[12]");
}

static void a_circle_is_reported(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "a", 10, "b", 11, WRITE);

	(void)state;
	add_blocked(&made, 2, "b", 11, "a", 10, WRITE);
	assert_explained(&made, pipe, "a[10] waits for b[11], which waits for a[10]: deadlock");
}

static void a_process_with_another_waiting_thread_is_not_reported_as_waiting(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "a", 10, "b", 11, WRITE);
	size_t other = add_blocked(&made, 2, "b", 11, "c", 12, WRITE);

	(void)state;
	made.pipes[other].waits[0].tid = 77;
	assert_explained(&made, pipe, "a[10] waits for b[11]");
	assert_explained(&made, other, "b[11] waits for c[12]");
}

static void the_only_holder_of_both_ends_waits_for_itself(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "a", 10, "a", 10, WRITE);

	(void)state;
	assert_explained(&made, pipe, "a[10] waits for itself");
	add_end(&made, pipe, "b", 11, READ);
	assert_explained(&made, pipe, "a[10] waits for b[11]");
}

static void several_processes_that_could_continue_are_all_named_or_counted(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "a", 10, "b", 11, WRITE);

	(void)state;
	add_end(&made, pipe, "b", 11, READ);
	add_end(&made, pipe, "c", 12, READ);
	add_blocked(&made, 2, "b", 11, "z", 20, WRITE);
	assert_explained(&made, pipe, "a[10] waits for b[11] or c[12]");
	add_end(&made, pipe, "d", 13, READ);
	add_end(&made, pipe, "e", 14, READ);
	assert_explained(&made, pipe, "a[10] waits for b[11] or c[12] or d[13] or 1 other");
}

static void another_end_without_a_visible_holder_is_reported(void **state)
{
	struct made made = {0};
	size_t pipe = add_pipe(&made, 1, 65536);

	(void)state;
	add_end(&made, pipe, "a", 10, WRITE);
	add_wait(&made, pipe, 10, 10, WRITE);
	assert_explained(&made, pipe, "a[10] waits for an unseen reader");
}

static void an_explanation_fits_its_buffer(void **state)
{
	struct made made = {0};
	size_t pipe = add_blocked(&made, 1, "writer", 10, "reader", 11, WRITE);
	char text[16];

	(void)state;
	for (size_t size = 1; size <= sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		blocking_explain(&made.look, pipe, text, size);
		assert_true(strnlen(text, size) < size);
	}
}

/* ---- from scan to scan ---- */

static void pipes_are_matched_by_what_identifies_them(void **state)
{
	static const uint64_t inodes[] = {3, 5, 5000000007, 9000000000};
	struct made made = {0};
	struct live_identity identity;
	size_t count;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		add_pipe(&made, inodes[i], 0);
	for (size_t i = 0; i < 4; i++) {
		identity = live_identity_of(&made.pipes[i]);
		assert_int_equal(live_find(&made.look, &identity), i);
		assert_int_equal(live_find_id(&made.look, inodes[i], SIZE_MAX, &count), i);
	}
	identity.device = 2;
	assert_true(live_find(&made.look, &identity) == SIZE_MAX);
	/* By the low half, as in images. */
	assert_int_equal(live_find_id(&made.look, (uint32_t)5000000007, SIZE_MAX, &count), 2);
	assert_true(live_find_id(&made.look, 4, SIZE_MAX, &count) == SIZE_MAX);
}

static void pipes_with_the_same_number_are_found_in_turn(void **state)
{
	static const uint64_t inodes[] = {3, 5, 5, 5};
	struct made made = {0};
	size_t count;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		made.found[add_pipe(&made, inodes[i], 0)].device = i;
	assert_int_equal(live_find_id(&made.look, 5, SIZE_MAX, &count), 1);
	assert_int_equal(count, 3);
	assert_int_equal(live_find_id(&made.look, 5, 1, &count), 2);
	assert_int_equal(live_find_id(&made.look, 5, 2, &count), 3);
	assert_int_equal(live_find_id(&made.look, 5, 3, &count), 1);
	assert_int_equal(live_find_id(&made.look, 3, 2, &count), 0);
	assert_int_equal(count, 1);
}

static pid_t start_writer(int ends[2])
{
	static const char page[4096];
	pid_t pid = fork_child();

	if (pid)
		return pid;
	while (write(ends[1], page, sizeof(page)) > 0)
		;
	_exit(0);
}

/* Until another scan is complete; pipes that this process also holds are seen through the child. */
static void look_again(struct live *live)
{
	unsigned before = live->generation;

	live_refresh(live);
	while (live->generation == before) {
		live_step(live);
		assert_false(live->has_failed);
	}
}

static const struct live_pipe *look_until_stuck(struct live *live, uint64_t inode)
{
	size_t index, count;

	do {
		look_again(live);
		index = live_find_id(live->shown, inode, SIZE_MAX, &count);
	} while (index == SIZE_MAX || live->shown->pipes[index].state != LIVE_STUCK);
	return &live->shown->pipes[index];
}

static void the_stuck_time_of_a_pipe_is_kept_from_scan_to_scan(void **state)
{
	struct live *live = live_new();
	struct stat status;
	uint64_t since;
	int ends[2];
	pid_t pid;

	(void)state;
	assert_non_null(live);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fstat(ends[0], &status), 0);
	pid = start_writer(ends);
	since = look_until_stuck(live, status.st_ino)->full_since_ns;
	assert_true(since > 0);
	look_again(live);
	assert_true(look_until_stuck(live, status.st_ino)->full_since_ns == since);
	assert_int_equal(live->shown->asked, live->shown->count);
	assert_true(live_wait(live) > 0);
	live_pause(live, true);
	assert_int_equal(live_wait(live), -1);
	assert_false(live_step(live));
	live_pause(live, false);
	assert_int_equal(live_wait(live), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	live_free(live);
}

/* ---- holders ---- */

static void holders_are_listed_by_name_then_pid(void **state)
{
	static const char *const names[] = {"ab", "abc", "abcd", "b", "b"};
	static const uint32_t pids[] = {30, 20, 10, 4, 5};
	struct made made = {0};
	struct live live = {.shown = &made.look};
	struct holders holders;
	size_t pipe = add_pipe(&made, 1, 0), other = add_pipe(&made, 2, 0);

	(void)state;
	add_end(&made, pipe, "b", 4, READ);
	add_end(&made, pipe, "b", 5, READ);
	add_end(&made, pipe, "abcd", 10, WRITE);
	add_end(&made, other, "abc", 20, READ);
	add_end(&made, other, "ab", 30, WRITE);
	holders_init(&holders, NULL, &live, SIZE_MAX);
	holders.by_name = true;
	holders_collect(&holders);
	assert_int_equal(order_count(&holders.order), 5);
	for (size_t line = 0; line < 5; line++) {
		const struct pimg_end *end =
			holders_end(&holders, order_item(&holders.order, line));

		assert_string_equal(end->comm, names[line]);
		assert_int_equal(end->pid, pids[line]);
	}
	holders_free(&holders);
}

static void holders_of_one_queue_exclude_those_of_others(void **state)
{
	struct made made = {0};
	struct live live = {.shown = &made.look};
	struct holders holders;

	(void)state;
	add_blocked(&made, 1, "a", 10, "b", 11, WRITE);
	add_blocked(&made, 2, "c", 12, "d", 13, WRITE);
	holders_init(&holders, NULL, &live, 1);
	holders_collect(&holders);
	assert_int_equal(order_count(&holders.order), 2);
	assert_string_equal(holders_end(&holders, 0)->comm, "c");
	assert_true(holders_waits(&holders, 0));
	assert_false(holders_waits(&holders, 1));
	holders_free(&holders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_pipe_is_stuck_if_its_writer_has_not_run),
		cmocka_unit_test(a_writer_that_polls_a_full_pipe_may_run_for_another_reason),
		cmocka_unit_test(a_pipe_that_is_not_full_is_never_stuck),
		cmocka_unit_test(polling_an_empty_pipe_within_one_process_is_not_a_wait),
		cmocka_unit_test(a_chain_ends_at_a_reader_that_polls_for_bytes),
		cmocka_unit_test(a_chain_continues_at_a_writer_that_polls_a_full_pipe),
		cmocka_unit_test(a_process_that_only_waits_is_preferred_to_one_that_polls),
		cmocka_unit_test(an_empty_pipe_with_a_waiting_reader_is_not_stuck),
		cmocka_unit_test(a_wait_that_is_over_does_not_count),
		cmocka_unit_test(an_empty_pipe_of_one_process_comes_last),
		cmocka_unit_test(a_pipe_that_cannot_be_inspected_is_unknown),
		cmocka_unit_test(a_writer_waits_for_the_reader),
		cmocka_unit_test(a_reader_waits_for_the_writer),
		cmocka_unit_test(a_chain_is_followed_to_the_process_that_does_not_wait),
		cmocka_unit_test(a_reader_that_itself_waits_for_bytes_is_reported),
		cmocka_unit_test(a_circle_is_reported),
		cmocka_unit_test(a_process_with_another_waiting_thread_is_not_reported_as_waiting),
		cmocka_unit_test(the_only_holder_of_both_ends_waits_for_itself),
		cmocka_unit_test(several_processes_that_could_continue_are_all_named_or_counted),
		cmocka_unit_test(another_end_without_a_visible_holder_is_reported),
		cmocka_unit_test(an_explanation_fits_its_buffer),
		cmocka_unit_test(pipes_are_matched_by_what_identifies_them),
		cmocka_unit_test(pipes_with_the_same_number_are_found_in_turn),
		cmocka_unit_test(the_stuck_time_of_a_pipe_is_kept_from_scan_to_scan),
		cmocka_unit_test(holders_are_listed_by_name_then_pid),
		cmocka_unit_test(holders_of_one_queue_exclude_those_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
