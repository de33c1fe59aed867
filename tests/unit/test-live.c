// SPDX-License-Identifier: GPL-2.0-or-later
/* Live capture, on pipes of this process and its children. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "pipeimg-private.h"

static int unread(int fd)
{
	int bytes = -1;

	assert_int_equal(ioctl(fd, FIONREAD, &bytes), 0);
	return bytes;
}

static void capture_consumes_nothing(void **state)
{
	struct pimg_queue *first, *second;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_DIRECT | O_NONBLOCK), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(write(ends[1], "de", 2), 2);
	first = pimg_capture_fd(ends[0], NULL);
	second = pimg_capture_fd(ends[0], NULL);
	assert_int_equal(unread(ends[0]), 5);
	assert_int_equal(pimg_queue_packet_count(first), 2);
	assert_true(pimg_queue_equal(first, second, NULL));
	pimg_queue_free(first);
	pimg_queue_free(second);
	close(ends[0]);
	close(ends[1]);
}

static void a_write_end_works_as_well_as_a_read_end(void **state)
{
	struct pimg_queue *queue;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_DIRECT), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	queue = pimg_capture_fd(ends[1], NULL);
	assert_int_equal(pimg_queue_packet_count(queue), 1);
	pimg_queue_free(queue);
	close(ends[0]);
	close(ends[1]);
}

static void a_write_end_is_captured_when_all_readers_are_gone(void **state)
{
	struct pimg_queue *queue;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_DIRECT), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	close(ends[0]);
	queue = pimg_capture_fd(ends[1], NULL);
	assert_int_equal(pimg_queue_bytes(queue), 3);
	pimg_queue_free(queue);
	close(ends[1]);
}

static void descriptors_that_are_not_pipes_are_refused(void **state)
{
	struct pimg_error error;
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_null(pimg_capture_fd(fd, &error));
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_int_equal(error.errno_value, EINVAL);
	close(fd);
	assert_null(pimg_capture_fd(fd, &error));
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_int_equal(error.errno_value, EBADF);
}

static void owner_mode_and_capacity_are_restored(void **state)
{
	struct pimg_refill_report report = {0};
	struct pimg_queue *queue;
	struct stat status;
	int ends[2], restored[2];

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root, to give a pipe to another user\n");
		skip();
	}
	assert_int_equal(pipe2(ends, O_DIRECT), 0);
	assert_int_equal(fchown(ends[0], 1234, 5678), 0);
	assert_int_equal(fchmod(ends[0], 0640), 0);
	assert_int_equal(fcntl(ends[0], F_SETPIPE_SZ, 32768), 32768);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	queue = pimg_capture_fd(ends[0], NULL);
	assert_int_equal(pimg_refill(queue, restored, &report, NULL), 0);
	assert_false(report.owner_differs);
	assert_false(report.capacity_differs);
	assert_int_equal(fstat(restored[0], &status), 0);
	assert_int_equal(status.st_uid, 1234);
	assert_int_equal(status.st_gid, 5678);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(fcntl(restored[0], F_GETPIPE_SZ), 32768);
	assert_true(fcntl(restored[1], F_GETFL) & O_DIRECT);
	pimg_queue_free(queue);
	for (int i = 0; i < 2; i++) {
		close(ends[i]);
		close(restored[i]);
	}
}

static struct pimg_queue *queue_of(enum pimg_kind kind, uint32_t capacity, size_t length)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, capacity);
	void *bytes = calloc(1, length);

	assert_int_equal(pimg_queue_append(queue, kind, bytes, length, NULL), 0);
	free(bytes);
	return queue;
}

static void a_packet_longer_than_a_page_is_refused(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct pimg_queue *queue = queue_of(PIMG_PACKET, 0, page + 1);
	struct pimg_error error;
	int ends[2];

	(void)state;
	assert_int_equal(pimg_refill(queue, ends, NULL, &error), -1);
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_non_null(strstr(error.sentence, "longer than a page"));
	pimg_queue_free(queue);
}

static void a_capacity_too_small_for_the_content_grows(void **state)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	struct pimg_queue *queue = queue_of(PIMG_STREAM, page, 3 * page);
	struct pimg_refill_report report = {0};
	int ends[2];

	(void)state;
	assert_int_equal(pimg_refill(queue, ends, &report, NULL), 0);
	assert_true(report.capacity_differs);
	assert_true(report.capacity >= 3 * page);
	assert_int_equal(unread(ends[0]), 3 * page);
	pimg_queue_free(queue);
	close(ends[0]);
	close(ends[1]);
}

static void a_target_that_is_not_empty_is_left_unchanged(void **state)
{
	struct pimg_queue *queue = queue_of(PIMG_PACKET, 65536, 5);
	struct pimg_error error;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, 0), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(pimg_refill_fd(queue, ends[0], NULL, &error), -1);
	assert_int_equal(error.errno_value, EBUSY);
	assert_int_equal(unread(ends[0]), 1);
	pimg_queue_free(queue);
	close(ends[0]);
	close(ends[1]);
}

static void an_empty_target_is_filled_exactly(void **state)
{
	struct pimg_queue *queue = queue_of(PIMG_STREAM, 16384, 5), *found;
	int ends[2];

	(void)state;
	assert_int_equal(pimg_queue_append(queue, PIMG_PACKET, "ab", 2, NULL), 0);
	assert_int_equal(pimg_queue_append(queue, PIMG_STREAM, "cd", 2, NULL), 0);
	assert_int_equal(pipe2(ends, 0), 0);
	assert_int_equal(pimg_refill_fd(queue, ends[0], NULL, NULL), 0);
	found = pimg_capture_fd(ends[0], NULL);
	assert_true(pimg_queue_equal(queue, found, NULL));
	assert_int_equal(pimg_queue_capacity(found), 16384);
	pimg_queue_free(queue);
	pimg_queue_free(found);
	close(ends[0]);
	close(ends[1]);
}

static void too_few_descriptors_are_an_error_that_names_the_limit(void **state)
{
	struct pimg_error error;
	struct rlimit before, none;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, 0), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = (rlim_t)ends[1] + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_null(pimg_capture_fd(ends[0], &error));
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_non_null(strstr(error.sentence, "ulimit -n"));
	assert_int_equal(unread(ends[0]), 1);
	close(ends[0]);
	close(ends[1]);
}

static void capture_and_refill_leave_no_descriptor_open(void **state)
{
	struct pimg_queue *queue;
	int ends[2], restored[2], before = dup(0), after;

	(void)state;
	close(before);
	assert_int_equal(pipe2(ends, O_DIRECT | O_NONBLOCK), 0);
	while (write(ends[1], "abc", 3) == 3)
		;
	queue = pimg_capture_fd(ends[0], NULL);
	assert_int_equal(pimg_refill(queue, restored, NULL, NULL), 0);
	for (int i = 0; i < 2; i++) {
		close(ends[i]);
		close(restored[i]);
	}
	pimg_queue_free(queue);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

/* ---- other processes ---- */

/* A child that holds both ends and sleeps. */
static pid_t start_holder(int ends[2])
{
	pid_t pid = fork_child();

	assert_true(pid >= 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	(void)ends;
	return pid;
}

static void end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static size_t find_pipe(const struct pimg_live *live, int fd)
{
	struct stat status;

	fstat(fd, &status);
	for (size_t i = 0; i < pimg_live_pipe_count(live); i++) {
		if (pimg_live_pipe(live, i)->inode == status.st_ino)
			return i;
	}
	fail_msg("the pipe is not found");
	return 0;
}

static void a_pipe_of_another_process_is_found_and_captured(void **state)
{
	struct pimg_queue *queue;
	struct pimg_live *live;
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_DIRECT), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	pid = start_holder(ends);
	live = pimg_live_scan(0, NULL);
	assert_non_null(live);
	assert_true(pimg_live_has_process(live, pid));
	assert_false(pimg_live_has_process(live, getpid()));
	queue = pimg_live_capture(live, find_pipe(live, ends[0]), 0, NULL);
	assert_non_null(queue);
	assert_int_equal(pimg_queue_packet_count(queue), 1);
	assert_int_equal(pimg_queue_end_count(queue), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct pimg_end *end = pimg_queue_end(queue, i);

		assert_int_equal(end->pid, pid);
		assert_int_equal(end->fd, ends[i]);
		assert_int_equal(pimg_end_packet_mode(end), i == 1);
		assert_true(end->comm[0] != '\0');
	}
	pimg_queue_free(queue);
	pimg_live_free(live);
	end_holder(pid);
	close(ends[0]);
	close(ends[1]);
}

static void a_scan_in_steps_finds_the_same_as_a_single_scan(void **state)
{
	struct pimg_live *live, *at_once;
	int ends[2], result;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, 0), 0);
	pid = start_holder(ends);
	live = pimg_live_begin(PIMG_LIVE_WAITS, NULL);
	assert_non_null(live);
	assert_int_equal(pimg_live_pipe_count(live), 0);
	assert_int_equal(pimg_live_step(live, 0, NULL), 1);
	assert_true(pimg_live_process_count(live) <= 1);
	do
		result = pimg_live_step(live, 2, NULL);
	while (result > 0);
	assert_int_equal(result, 0);
	assert_int_equal(pimg_live_step(live, 1, NULL), 0);
	at_once = pimg_live_scan(0, NULL);
	assert_int_equal(pimg_live_pipe(live, find_pipe(live, ends[0]))->end_count,
			 pimg_live_pipe(at_once, find_pipe(at_once, ends[0]))->end_count);
	pimg_live_free(at_once);
	pimg_live_free(live);
	end_holder(pid);
	close(ends[0]);
	close(ends[1]);
}

static void a_scan_can_be_stopped(void **state)
{
	struct pimg_live *live = pimg_live_begin(0, NULL);

	(void)state;
	assert_non_null(live);
	assert_int_equal(pimg_live_step(live, 1, NULL), 1);
	pimg_live_free(live);
}

static void a_pipe_that_is_gone_is_reported_as_gone(void **state)
{
	struct pimg_error error;
	struct pimg_live *live;
	size_t pipe;
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, 0), 0);
	pid = start_holder(ends);
	live = pimg_live_scan(0, NULL);
	pipe = find_pipe(live, ends[0]);
	end_holder(pid);
	assert_null(pimg_live_capture(live, pipe, 0, &error));
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_int_equal(error.errno_value, ESRCH);
	assert_non_null(strstr(error.sentence, "no longer exists"));
	pimg_live_free(live);
	close(ends[0]);
	close(ends[1]);
}

/*
 * Finds a pipe with two packets whose first end is replaced before it is inspected. All ends belong
 * to this process.
 */
static void assert_other_ends_are_asked(int becomes)
{
	struct pimg_live *live;
	struct pimg_queue *queue;
	struct pimg_fill fill = {0};
	struct pimg_error error;
	int ends[2], read_end;
	size_t pipe;

	assert_int_equal(pipe2(ends, O_DIRECT), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(write(ends[1], "de", 2), 2);
	read_end = dup(ends[0]);
	live = pimg_live_scan(PIMG_LIVE_SELF, NULL);
	pipe = find_pipe(live, ends[0]);
	if (becomes == O_PATH) {
		char path[64];
		int handle;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
		handle = open(path, O_PATH);
		assert_int_equal(dup2(handle, ends[0]), ends[0]);
		close(handle);
	} else if (becomes >= 0) {
		assert_int_equal(dup2(becomes, ends[0]), ends[0]);
	} else {
		close(ends[0]);
	}
	assert_int_equal(pimg_live_fill(live, pipe, &fill, &error), 0);
	assert_int_equal(fill.bytes, 5);
	queue = pimg_live_capture(live, pipe, 0, &error);
	assert_non_null(queue);
	assert_int_equal(pimg_queue_packet_count(queue), 2);
	pimg_queue_free(queue);
	pimg_live_free(live);
	if (becomes >= 0)
		close(ends[0]);
	close(ends[1]);
	close(read_end);
}

static void if_one_end_cannot_be_inspected_another_is_used(void **state)
{
	int null = open("/dev/null", O_RDWR);

	(void)state;
	assert_other_ends_are_asked(-1);
	assert_other_ends_are_asked(null);
	assert_other_ends_are_asked(O_PATH);
	close(null);
}

/* The state letter of /proc/PID/stat. */
static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	if (file)
		fclose(file);
	return state;
}

static void wait_for_state(pid_t pid, char wanted)
{
	for (int i = 0; i < 1000 && state_of(pid) != wanted; i++)
		usleep(1000);
	assert_int_equal(state_of(pid), wanted);
}

static void stopped_processes_are_resumed(void **state)
{
	struct pimg_stop *stop;
	int ends[2] = {-1, -1}, status;
	pid_t pid = start_holder(ends);

	(void)state;
	wait_for_state(pid, 'S');
	stop = pimg_stop_processes(&pid, 1, NULL, NULL);
	assert_non_null(stop);
	assert_int_equal(state_of(pid), 't');
	pimg_stop_release(stop);
	wait_for_state(pid, 'S');
	/* Its parent was not notified. */
	assert_int_equal(waitpid(pid, &status, WNOHANG | WUNTRACED | WCONTINUED), 0);
	end_holder(pid);
}

static void stopped_processes_are_resumed_if_the_stopper_is_killed(void **state)
{
	int ends[2] = {-1, -1};
	pid_t pid = start_holder(ends), stopper;

	(void)state;
	wait_for_state(pid, 'S');
	stopper = fork_child();
	if (stopper == 0) {
		if (!pimg_stop_processes(&pid, 1, NULL, NULL))
			_exit(1);
		for (;;)
			pause();
	}
	wait_for_state(pid, 't');
	end_holder(stopper);
	wait_for_state(pid, 'S');
	end_holder(pid);
}

/* ptrace(2) allows only one tracer, so a traced process cannot be stopped. */
static void if_one_process_cannot_be_stopped_the_others_keep_running(void **state)
{
	int ends[2] = {-1, -1};
	pid_t pids[2] = {start_holder(ends), start_holder(ends)}, tracer;
	struct pimg_error error;

	(void)state;
	wait_for_state(pids[0], 'S');
	wait_for_state(pids[1], 'S');
	tracer = fork_child();
	if (tracer == 0) {
		if (!pimg_stop_processes(&pids[1], 1, NULL, NULL))
			_exit(1);
		for (;;)
			pause();
	}
	wait_for_state(pids[1], 't');
	assert_null(pimg_stop_processes(pids, 2, NULL, &error));
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_non_null(strstr(error.sentence, "is already tracing it"));
	wait_for_state(pids[0], 'S');
	end_holder(tracer);
	end_holder(pids[0]);
	end_holder(pids[1]);
}

static void *sit(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static bool all_threads_are(pid_t pid, char wanted)
{
	char path[64], name[400], state_letter;
	struct dirent *entry;
	size_t count = 0;
	bool all = true;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while ((entry = readdir(tasks))) {
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s/stat", path, entry->d_name);
		file = fopen(name, "re");
		all = all && file && fscanf(file, "%*d (%*[^)]) %c", &state_letter) == 1 &&
		      state_letter == wanted;
		if (file)
			fclose(file);
		count++;
	}
	closedir(tasks);
	return all && count == 4;
}

static void all_threads_are_stopped_and_resumed(void **state)
{
	struct pimg_stop *stop;
	pid_t pid = fork_child();

	(void)state;
	if (pid == 0) {
		pthread_t threads[3];

		for (size_t i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, sit, NULL);
		sit(NULL);
	}
	for (int i = 0; i < 1000 && !all_threads_are(pid, 'S'); i++)
		usleep(1000);
	stop = pimg_stop_processes(&pid, 1, NULL, NULL);
	assert_non_null(stop);
	assert_true(all_threads_are(pid, 't'));
	pimg_stop_release(stop);
	for (int i = 0; i < 1000 && !all_threads_are(pid, 'S'); i++)
		usleep(1000);
	assert_true(all_threads_are(pid, 'S'));
	end_holder(pid);
}

/* A signal pending when the process was stopped must still arrive. */
static void no_signal_is_lost_by_stopping(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		int ends[2] = {-1, -1}, status;
		pid_t pid = start_holder(ends), stopper = fork_child();

		/* A tracer that is also the parent would consume the exit status. */
		if (stopper == 0) {
			kill(pid, SIGTERM);
			pimg_stop_release(pimg_stop_processes(&pid, 1, NULL, NULL));
			_exit(0);
		}
		assert_int_equal(waitpid(stopper, &status, 0), stopper);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
}

/* A parent in vfork(2) cannot stop; processes stopped before it must continue nevertheless. */
static void a_process_that_does_not_stop_times_out_and_nothing_stays_stopped(void **state)
{
	int ends[2] = {-1, -1}, hold[2];
	struct pimg_error error;
	pid_t pids[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	pids[0] = start_holder(ends);
	pids[1] = fork_child();
	if (pids[1] == 0) {
		close(hold[1]);
		if (vfork() == 0)
			_exit(read(hold[0], &byte, 1) == 1 ? 0 : 1);
		for (;;)
			pause();
	}
	wait_for_state(pids[0], 'S');
	wait_for_state(pids[1], 'D');
	assert_null(pimg_stop_processes(pids, 2, NULL, &error));
	assert_int_equal(error.errno_value, ETIMEDOUT);
	assert_non_null(strstr(error.sentence, "vfork"));
	wait_for_state(pids[0], 'S');
	/* When its child exits it continues, and the earlier request does not stop it. */
	assert_int_equal(write(hold[1], "", 1), 1);
	for (int i = 0; i < 6000 && state_of(pids[1]) == 'D'; i++)
		usleep(1000);
	wait_for_state(pids[1], 'S');
	end_holder(pids[0]);
	end_holder(pids[1]);
	close(hold[0]);
	close(hold[1]);
}

/* The first is in vfork(2) and delays the stopper; the second is stopped all the same. */
static void a_process_that_is_slow_to_stop_does_not_delay_stopping_others(void **state)
{
	int ends[2] = {-1, -1}, hold[2];
	pid_t pids[2], stopper;
	char byte;

	(void)state;
	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	pids[1] = start_holder(ends);
	pids[0] = fork_child();
	if (pids[0] == 0) {
		close(hold[1]);
		if (vfork() == 0)
			_exit(read(hold[0], &byte, 1) == 1 ? 0 : 1);
		_exit(0);
	}
	wait_for_state(pids[0], 'D');
	wait_for_state(pids[1], 'S');
	stopper = fork_child();
	if (stopper == 0) {
		close(hold[1]);
		pimg_stop_processes(pids, 2, NULL, NULL);
		_exit(0);
	}
	wait_for_state(pids[1], 't');
	assert_int_equal(state_of(pids[0]), 'D');
	end_holder(stopper);
	close(hold[1]);
	end_holder(pids[0]);
	end_holder(pids[1]);
	close(hold[0]);
}

/* Forks a child that waits; its parent waits, too. Returns its pid. */
static pid_t fork_waiting_child(int *grandchild)
{
	pid_t pid, inner;
	int news[2];

	assert_int_equal(pipe(news), 0);
	pid = fork_child();
	if (pid == 0) {
		inner = fork_child();
		if (inner && write(news[1], &inner, sizeof(inner)) != sizeof(inner))
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(news[0], grandchild, sizeof(*grandchild)), sizeof(*grandchild));
	close(news[0]);
	close(news[1]);
	return pid;
}

static void the_scan_of_a_tree_lists_only_the_ends_of_its_processes(void **state)
{
	struct pimg_error error;
	struct pimg_live *live;
	pid_t child, grandchild;
	int ends[2];
	ssize_t pipe_found;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork_waiting_child(&grandchild);
	live = pimg_live_scan_tree(child, &error);
	assert_non_null(live);
	assert_int_equal(pimg_live_process_count(live), 2);
	assert_true(pimg_live_has_process(live, child));
	assert_true(pimg_live_has_process(live, grandchild));
	assert_true(pimg_live_descends(live, grandchild, child));
	/* This process has the pipe open, too. */
	pipe_found = pimg_live_find_end(live, grandchild, (uint32_t)ends[0]);
	assert_true(pipe_found >= 0);
	assert_int_equal(pimg_live_pipe(live, (size_t)pipe_found)->end_count, 4);
	pimg_live_free(live);
	kill(grandchild, SIGKILL);
	end_holder(child);
	close(ends[0]);
	close(ends[1]);

	/* A process that does not exist has no tree. */
	live = pimg_live_scan_tree(0x7fffffff, &error);
	assert_non_null(live);
	assert_int_equal(pimg_live_process_count(live), 0);
	pimg_live_free(live);
}

static void a_parent_sees_immediately_that_a_stopped_child_was_killed(void **state)
{
	struct pimg_stop *stop;
	pid_t parent, child;
	int news[2];

	(void)state;
	assert_int_equal(pipe(news), 0);
	parent = fork_child();
	if (parent == 0) {
		child = fork_child();
		if (child == 0) {
			for (;;)
				pause();
		}
		if (write(news[1], &child, sizeof(child)) != sizeof(child) ||
		    waitpid(child, NULL, 0) != child ||
		    write(news[1], &child, sizeof(child)) != sizeof(child))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(read(news[0], &child, sizeof(child)), sizeof(child));
	stop = pimg_stop_processes(&child, 1, NULL, NULL);
	assert_non_null(stop);
	kill(child, SIGKILL);
	pimg_stop_release(stop);
	alarm(60);
	assert_int_equal(read(news[0], &child, sizeof(child)), sizeof(child));
	alarm(0);
	waitpid(parent, NULL, 0);
	close(news[0]);
	close(news[1]);
}

static void a_process_that_ended_does_not_fail_the_others(void **state)
{
	int ends[2] = {-1, -1};
	pid_t pids[2] = {fork_child(), start_holder(ends)};
	struct pimg_stop *stop;

	(void)state;
	if (pids[0] == 0)
		_exit(0);
	wait_for_state(pids[0], 'Z');
	wait_for_state(pids[1], 'S');
	stop = pimg_stop_processes(pids, 2, NULL, NULL);
	assert_non_null(stop);
	assert_int_equal(state_of(pids[1]), 't');
	pimg_stop_release(stop);
	wait_for_state(pids[1], 'S');
	waitpid(pids[0], NULL, 0);
	end_holder(pids[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capture_consumes_nothing),
		cmocka_unit_test(a_write_end_works_as_well_as_a_read_end),
		cmocka_unit_test(a_write_end_is_captured_when_all_readers_are_gone),
		cmocka_unit_test(descriptors_that_are_not_pipes_are_refused),
		cmocka_unit_test(owner_mode_and_capacity_are_restored),
		cmocka_unit_test(a_packet_longer_than_a_page_is_refused),
		cmocka_unit_test(a_capacity_too_small_for_the_content_grows),
		cmocka_unit_test(a_target_that_is_not_empty_is_left_unchanged),
		cmocka_unit_test(an_empty_target_is_filled_exactly),
		cmocka_unit_test(too_few_descriptors_are_an_error_that_names_the_limit),
		cmocka_unit_test(capture_and_refill_leave_no_descriptor_open),
		cmocka_unit_test(a_pipe_of_another_process_is_found_and_captured),
		cmocka_unit_test(a_scan_in_steps_finds_the_same_as_a_single_scan),
		cmocka_unit_test(a_scan_can_be_stopped),
		cmocka_unit_test(a_pipe_that_is_gone_is_reported_as_gone),
		cmocka_unit_test(if_one_end_cannot_be_inspected_another_is_used),
		cmocka_unit_test(stopped_processes_are_resumed),
		cmocka_unit_test(stopped_processes_are_resumed_if_the_stopper_is_killed),
		cmocka_unit_test(if_one_process_cannot_be_stopped_the_others_keep_running),
		cmocka_unit_test(all_threads_are_stopped_and_resumed),
		cmocka_unit_test(no_signal_is_lost_by_stopping),
		cmocka_unit_test(a_process_that_does_not_stop_times_out_and_nothing_stays_stopped),
		cmocka_unit_test(a_process_that_is_slow_to_stop_does_not_delay_stopping_others),
		cmocka_unit_test(the_scan_of_a_tree_lists_only_the_ends_of_its_processes),
		cmocka_unit_test(a_parent_sees_immediately_that_a_stopped_child_was_killed),
		cmocka_unit_test(a_process_that_ended_does_not_fail_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
