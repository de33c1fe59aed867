// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a plain user runs into, tried as one: each limit is told apart and named with its remedy.
 * Each test runs in a child that has become a user without processes or privileges.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "pipeimg.h"

/* Nobody's, so that what other tests hold does not count against it; each test has one of its own. */
#define FIRST_UID 754321

/* In a child: what went wrong, on the way to the parent. */
#define CLAIM(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			dprintf(2, "line %d: not true: %s\n", __LINE__, #condition);               \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void as_plain_user(uid_t which, void (*run)(void))
{
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("needs root, to become a user whose limits are untouched\n");
		skip();
	}
	pid = fork_child();
	if (pid == 0) {
		CLAIM(setgroups(0, NULL) == 0);
		CLAIM(setgid(FIRST_UID + which) == 0);
		CLAIM(setuid(FIRST_UID + which) == 0);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static unsigned limit(const char *name)
{
	char path[64];
	unsigned value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/fs/%s", name);
	file = fopen(path, "re");
	CLAIM(file && fscanf(file, "%u", &value) == 1);
	fclose(file);
	return value;
}

static void packet_pipe(int ends[2], unsigned packets)
{
	CLAIM(pipe2(ends, O_DIRECT | O_NONBLOCK) == 0);
	for (unsigned i = 0; i < packets; i++)
		CLAIM(write(ends[1], &i, sizeof(i)) == sizeof(i));
}

/* Makes large pipes until this user is over fs.pipe-user-pages-soft. */
static void use_up_soft_limit(void)
{
	unsigned max = limit("pipe-max-size");
	int ends[2];

	do {
		CLAIM(pipe2(ends, 0) == 0);
	} while (fcntl(ends[0], F_SETPIPE_SZ, max) >= 0);
	CLAIM(errno == EPERM);
	/* What is left is used up by pipes of default size, until one is smaller. */
	do {
		CLAIM(pipe2(ends, 0) == 0);
	} while (fcntl(ends[0], F_GETPIPE_SZ) >= 16 * sysconf(_SC_PAGESIZE));
}

static void allow_many_descriptors(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void run_capture_over_soft_limit(void)
{
	int little[2], full[2];
	struct pimg_error error;
	struct pimg_queue *queue;

	allow_many_descriptors();
	packet_pipe(little, 1);
	packet_pipe(full, 16);
	use_up_soft_limit();
	/* What fits into the pipes that this user still gets is captured exactly. */
	queue = pimg_capture_fd(little[0], &error);
	CLAIM(queue && pimg_queue_packet_count(queue) == 1);
	CLAIM(pimg_queue_capacity(queue) == 16 * sysconf(_SC_PAGESIZE));
	pimg_queue_free(queue);
	/* What does not is refused, and nothing is half captured. */
	CLAIM(!pimg_capture_fd(full[0], &error));
	CLAIM(error.status == PIMG_SYSTEM);
	CLAIM(strstr(error.sentence, "fs.pipe-user-pages-soft"));
	/* Not EACCES: a right that is missing is another matter to capture --all. */
	CLAIM(error.errno_value == EPERM);
}

/* Over the soft limit a user still gets the smallest pipes; over the hard one, none. */
static void run_capture_over_hard_limit(void)
{
	struct pimg_error error;
	int packets[2], ends[2];

	allow_many_descriptors();
	packet_pipe(packets, 1);
	use_up_soft_limit();
	while (pipe2(ends, 0) == 0)
		;
	CLAIM(errno == ENFILE);
	CLAIM(!pimg_capture_fd(packets[0], &error));
	CLAIM(error.status == PIMG_SYSTEM);
	CLAIM(strstr(error.sentence, "fs.pipe-user-pages-hard (17000 pages)"));
}

static bool set_hard_limit(const char *pages)
{
	FILE *file = fopen("/proc/sys/fs/pipe-user-pages-hard", "we");
	bool set = file && fputs(pages, file) >= 0;

	return file && fclose(file) == 0 && set;
}

static void run_refill_over_soft_limit(void)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, limit("pipe-max-size"));
	struct pimg_refill_report report;
	struct pimg_error error;
	int ends[2];

	allow_many_descriptors();
	use_up_soft_limit();
	CLAIM(pimg_queue_append(queue, PIMG_PACKET, "abc", 3, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) == 0);
	CLAIM(report.capacity_differs && report.capacity < limit("pipe-max-size"));
	for (unsigned i = 0; i < 16; i++)
		CLAIM(pimg_queue_append(queue, PIMG_PACKET, "abc", 3, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) < 0);
	CLAIM(error.status == PIMG_SYSTEM && strstr(error.sentence, "fs.pipe-user-pages-soft"));
}

static void run_refill_above_max_size(void)
{
	unsigned max = limit("pipe-max-size");
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 2 * max);
	struct pimg_refill_report report;
	struct pimg_error error;
	void *bytes = calloc(1, max + 1);
	int ends[2];

	CLAIM(pimg_queue_append(queue, PIMG_STREAM, bytes, 5, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) == 0);
	CLAIM(report.capacity_differs && report.capacity == max);
	CLAIM(pimg_queue_append(queue, PIMG_STREAM, bytes, max, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) < 0);
	CLAIM(error.status == PIMG_SYSTEM && strstr(error.sentence, "fs.pipe-max-size"));
	free(bytes);
}

/* A full pipe of the largest capacity leaves no room for a larger copy: another way is gone. */
static void run_capture_at_max_size(void)
{
	unsigned max = limit("pipe-max-size"), packets = 0;
	struct pimg_queue *queue;
	struct pimg_error error;
	int ends[2];

	CLAIM(pipe2(ends, O_DIRECT | O_NONBLOCK) == 0);
	CLAIM(fcntl(ends[0], F_SETPIPE_SZ, max) == (int)max);
	while (write(ends[1], &packets, sizeof(packets)) == sizeof(packets))
		packets++;
	CLAIM(packets == max / sysconf(_SC_PAGESIZE));
	queue = pimg_capture_fd(ends[0], &error);
	CLAIM(queue && pimg_queue_packet_count(queue) == packets);
	pimg_queue_free(queue);
}

static pid_t root_holder;

static void run_look_at_roots_process(void)
{
	struct pimg_live *live = pimg_live_scan(0, NULL);
	struct pimg_error error;

	CLAIM(live);
	/* Where hidepid hides it, it is not there at all. */
	CLAIM(!pimg_live_has_process(live, root_holder) || pimg_live_is_hidden(live, root_holder));
	CLAIM(!pimg_live_has_process(live, root_holder) || pimg_live_hidden_count(live) > 0);
	pimg_live_free(live);
	CLAIM(pimg_live_get_fd(root_holder, 0, &error) < 0);
	CLAIM(error.status == PIMG_SYSTEM);
	CLAIM(!pimg_stop_processes(&root_holder, 1, NULL, NULL, &error));
	CLAIM(error.status == PIMG_SYSTEM && strstr(error.sentence, "cannot stop process"));
}

static void over_the_soft_limit_what_fits_is_captured(void **state)
{
	(void)state;
	as_plain_user(1, run_capture_over_soft_limit);
}

/* The only test that changes a setting of the machine, and so not on machines that people use. */
static void over_the_hard_limit_that_is_named(void **state)
{
	(void)state;
	if (!getenv("CI")) {
		print_message("sets fs.pipe-user-pages-hard for a moment: only where CI is set\n");
		skip();
	}
	if (geteuid() != 0 || limit("pipe-user-pages-hard") != 0 || !set_hard_limit("17000")) {
		print_message("needs root, and a machine without fs.pipe-user-pages-hard\n");
		skip();
	}
	as_plain_user(6, run_capture_over_hard_limit);
}

static int unset_hard_limit(void **state)
{
	(void)state;
	if (getenv("CI") && geteuid() == 0 && limit("pipe-user-pages-hard") == 17000)
		set_hard_limit("0");
	return 0;
}

static void over_the_soft_limit_what_fits_is_refilled(void **state)
{
	(void)state;
	as_plain_user(2, run_refill_over_soft_limit);
}

static void a_capacity_above_the_largest_becomes_the_largest(void **state)
{
	(void)state;
	as_plain_user(3, run_refill_above_max_size);
}

static void a_full_pipe_of_the_largest_capacity_is_captured(void **state)
{
	(void)state;
	as_plain_user(4, run_capture_at_max_size);
}

static void another_user_s_process_is_hidden_and_counted(void **state)
{
	(void)state;
	root_holder = getpid();
	as_plain_user(5, run_look_at_roots_process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_the_soft_limit_what_fits_is_captured),
		cmocka_unit_test_teardown(over_the_hard_limit_that_is_named, unset_hard_limit),
		cmocka_unit_test(over_the_soft_limit_what_fits_is_refilled),
		cmocka_unit_test(a_capacity_above_the_largest_becomes_the_largest),
		cmocka_unit_test(a_full_pipe_of_the_largest_capacity_is_captured),
		cmocka_unit_test(another_user_s_process_is_hidden_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
