// SPDX-License-Identifier: GPL-2.0-or-later
/* Which threads wait on a pipe, and how: real threads in real system calls. */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "pipeimg.h"

/* What a child does with the ends of an empty pipe. */
static int reading, writing;

static void start_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	reading = ends[0];
	writing = ends[1];
}

static pid_t start(void (*wait)(void))
{
	pid_t pid = fork_child();

	if (pid)
		return pid;
	wait();
	_exit(1);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(reading);
	close(writing);
}

static size_t find_pipe(const struct pimg_live *live)
{
	struct stat status;

	fstat(reading, &status);
	for (size_t i = 0; i < pimg_live_pipe_count(live); i++) {
		if (pimg_live_pipe(live, i)->inode == status.st_ino)
			return i;
	}
	return SIZE_MAX;
}

/* Scans for the pipe. Returns the number of waits. */
static size_t look(unsigned flags, struct pimg_wait waits[2])
{
	struct pimg_live *live = pimg_live_scan(flags, NULL);
	size_t pipe, count;

	assert_non_null(live);
	pipe = find_pipe(live);
	count = pipe == SIZE_MAX ? 0 : pimg_live_waits(live, pipe, NULL);
	for (size_t i = 0; i < count && i < 2; i++)
		waits[i] = *pimg_live_wait(live, i);
	pimg_live_free(live);
	return count;
}

/* Until that many are found: a child needs time to block, and a scan can be slow too. */
static void look_until(size_t count, struct pimg_wait waits[2])
{
	time_t end = time(NULL) + 120;
	size_t found = look(PIMG_LIVE_WAITS, waits);

	while (found != count && time(NULL) < end) {
		usleep(1000);
		found = look(PIMG_LIVE_WAITS, waits);
	}
	assert_int_equal(found, count);
	assert_int_equal(look(0, waits), count);
}

/* It waits only on the read end. */
static void assert_waits_to_read(void (*wait)(void), bool polls)
{
	struct pimg_wait waits[2];
	pid_t pid;

	start_pipe();
	pid = start(wait);
	look_until(1, waits);
	assert_int_equal(waits[0].pid, pid);
	assert_int_equal(waits[0].tid, pid);
	assert_int_equal(waits[0].fd, reading);
	assert_false(waits[0].writes);
	assert_int_equal(waits[0].polls, polls);
	end(pid);
}

/* ---- calls ---- */

static void wait_in_read(void)
{
	char byte;

	(void)!read(reading, &byte, 1);
}

static void wait_in_poll(void)
{
	struct pollfd files[] = {{.fd = -1, .events = POLLIN}, {.fd = reading, .events = POLLIN}};

	poll(files, 2, -1);
}

/* The pipe lies beyond what one read of its list covers. */
static void wait_in_poll_of_many(void)
{
	static struct pollfd files[1000];
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (size_t i = 0; i < 999; i++)
		files[i].fd = -1;
	files[999] = (struct pollfd){.fd = reading, .events = POLLIN};
	poll(files, 1000, -1);
}

static void wait_in_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(reading, &set);
	select(reading + 1, &set, NULL, NULL, NULL);
}

static int register_with_epoll(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = 0xfedcba9876543210};
	int instance = epoll_create1(0);

	epoll_ctl(instance, EPOLL_CTL_ADD, fd, &event);
	return instance;
}

static void wait_in_epoll(void)
{
	struct epoll_event event;

	epoll_wait(register_with_epoll(reading, EPOLLIN | EPOLLET), &event, 1, -1);
}

static void threads_wait_in_read_and_by_polling(void **state)
{
	(void)state;
	assert_waits_to_read(wait_in_read, false);
	assert_waits_to_read(wait_in_poll, true);
	assert_waits_to_read(wait_in_poll_of_many, true);
	assert_waits_to_read(wait_in_select, true);
	assert_waits_to_read(wait_in_epoll, true);
}

static void wait_for_room(void)
{
	struct pollfd file = {.fd = writing, .events = POLLOUT};

	while (write(writing, "", 1) == 1)
		;
	poll(&file, 1, -1);
}

static void polling_for_room_is_a_wait_to_write(void **state)
{
	struct pimg_wait waits[2];
	pid_t pid;

	(void)state;
	start_pipe();
	fcntl(writing, F_SETFL, O_NONBLOCK);
	pid = start(wait_for_room);
	look_until(1, waits);
	assert_int_equal(waits[0].fd, writing);
	assert_true(waits[0].writes);
	assert_true(waits[0].polls);
	end(pid);
}

/*
 * The epoll instance still has the pipe through a duplicate, but the number is now another file's.
 */
static void wait_in_epoll_for_what_has_moved(void)
{
	struct epoll_event event;
	int other[2], instance = register_with_epoll(reading, EPOLLIN);

	if (pipe(other) < 0 || dup(reading) < 0)
		_exit(1);
	dup2(other[0], reading);
	epoll_wait(instance, &event, 1, -1);
}

/* Earlier scans could have seen the child's previous descriptor. */
static void wait_until_in_epoll(pid_t pid)
{
	time_t end = time(NULL) + 120;
	long number = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/syscall", (long)pid);
	do {
		FILE *file = fopen(path, "re");

		assert_non_null(file);
		if (fscanf(file, "%ld", &number) != 1)
			number = -1;
		fclose(file);
#ifdef SYS_epoll_wait
		if (number == SYS_epoll_wait)
			return;
#endif
		usleep(1000);
	} while (number != SYS_epoll_pwait && time(NULL) < end);
	assert_int_equal(number, SYS_epoll_pwait);
}

static void a_reused_descriptor_number_is_not_mistaken_for_the_pipe(void **state)
{
	struct pimg_live *live;
	pid_t pid;

	(void)state;
	start_pipe();
	pid = start(wait_in_epoll_for_what_has_moved);
	wait_until_in_epoll(pid);
	live = pimg_live_scan(PIMG_LIVE_WAITS, NULL);
	for (size_t i = 0; i < pimg_live_pipe_count(live); i++) {
		size_t count = pimg_live_waits(live, i, NULL);

		for (size_t w = 0; w < count; w++)
			assert_int_not_equal(pimg_live_wait(live, w)->pid, pid);
	}
	pimg_live_free(live);
	end(pid);
}

static void read_for_ever(void)
{
	char byte;

	while (read(reading, &byte, 1) == 1)
		;
}

static void a_thread_that_has_run_is_detected_by_its_context_switches(void **state)
{
	struct pimg_wait waits[2], again[2];
	pid_t pid;

	(void)state;
	start_pipe();
	pid = start(read_for_ever);
	look_until(1, waits);
	look_until(1, again);
	assert_true(waits[0].switches > 0);
	assert_true(again[0].switches == waits[0].switches);
	assert_int_equal(write(writing, "x", 1), 1);
	for (int i = 0; i < 2000 && again[0].switches == waits[0].switches; i++)
		look_until(1, again);
	assert_true(again[0].switches > waits[0].switches);
	end(pid);
}

/* ---- after a stop ---- */

static bool is_in_restarted_call(pid_t pid)
{
	char path[64];
	long call = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/syscall", (long)pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%ld", &call) != 1)
		call = -1;
	if (file)
		fclose(file);
	return call == SYS_restart_syscall;
}

static void wait_until_restarted(pid_t pid)
{
	bool restarted = false;

	/* Seeing it once is enough: during wakeup it is briefly in no call. */
	for (int i = 0; i < 120000 && !restarted; i++) {
		restarted = is_in_restarted_call(pid);
		usleep(1000);
	}
	assert_true(restarted);
}

static void stop_by_signal(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(pid, SIGCONT), 0);
}

static void stop_by_tracing(pid_t pid)
{
	struct pimg_stop *stop = pimg_stop_processes(&pid, 1, NULL, NULL);

	assert_non_null(stop);
	pimg_stop_release(stop);
}

static void assert_waits_after(void (*wait)(void), void (*stop)(pid_t pid), bool restarts)
{
	struct pimg_wait waits[2];
	pid_t pid;

	start_pipe();
	pid = start(wait);
	look_until(1, waits);
	/* The second stop finds a call that was already restarted. */
	for (int i = 0; i < 2; i++) {
		stop(pid);
		if (restarts)
			wait_until_restarted(pid);
		look_until(1, waits);
		assert_int_equal(waits[0].fd, reading);
		assert_false(waits[0].writes);
	}
	end(pid);
}

static void wait_in_poll_with_timeout(void)
{
	struct pollfd file = {.fd = reading, .events = POLLIN};

	poll(&file, 1, 1000000);
}

static void a_call_that_is_restarted_after_a_stop_is_recognised(void **state)
{
	static void (*const stops[])(pid_t pid) = {stop_by_signal, stop_by_tracing};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_waits_after(wait_in_poll, stops[i], true);
		assert_waits_after(wait_in_poll_with_timeout, stops[i], true);
		assert_waits_after(wait_in_read, stops[i], false);
		assert_waits_after(wait_in_select, stops[i], false);
	}
}

/* Read as poll(2)'s argument, its memory names the pipe. */
static void wait_on_futex(void)
{
	static struct pollfd files[FUTEX_WAIT_PRIVATE];
	struct timespec timeout = {1000, 0};

	for (size_t i = 0; i < FUTEX_WAIT_PRIVATE; i++)
		files[i] = (struct pollfd){.fd = reading, .events = POLLIN};
	syscall(SYS_futex, files, FUTEX_WAIT_PRIVATE, reading, &timeout);
}

static void a_futex_wait_restarted_after_a_stop_is_not_mistaken_for_a_poll(void **state)
{
	struct pimg_wait waits[2];
	pid_t pid;

	(void)state;
	start_pipe();
	pid = start(wait_on_futex);
	for (int i = 0; i < 2000 && !is_in_restarted_call(pid); i++)
		stop_by_signal(pid);
	wait_until_restarted(pid);
	assert_int_equal(look(PIMG_LIVE_WAITS, waits), 0);
	end(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_wait_in_read_and_by_polling),
		cmocka_unit_test(polling_for_room_is_a_wait_to_write),
		cmocka_unit_test(a_reused_descriptor_number_is_not_mistaken_for_the_pipe),
		cmocka_unit_test(a_thread_that_has_run_is_detected_by_its_context_switches),
		cmocka_unit_test(a_call_that_is_restarted_after_a_stop_is_recognised),
		cmocka_unit_test(a_futex_wait_restarted_after_a_stop_is_not_mistaken_for_a_poll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
