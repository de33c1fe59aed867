// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals: a handler without SA_RESTART that runs a thousand times a second does not make any
 * library call fail, unless the progress callback asks to stop.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "child.h"
#include "pipeimg.h"
#include "scratch.h"

enum { QUEUE_BYTES = 512 * 1024 };

static volatile sig_atomic_t signals;
static pthread_t main_thread;
static volatile sig_atomic_t elsewhere; /* handled in a thread of the library */

static void count_signal(int number)
{
	(void)number;
	signals++;
	elsewhere |= !pthread_equal(pthread_self(), main_thread);
}

static int start_signals(void **state)
{
	static const struct itimerval each_millisecond = {{0, 1000}, {0, 1000}};
	struct sigaction action = {.sa_handler = count_signal};

	(void)state;
	main_thread = pthread_self();
	signals = 0;
	sigemptyset(&action.sa_mask);
	return sigaction(SIGALRM, &action, NULL) < 0 ||
			       setitimer(ITIMER_REAL, &each_millisecond, NULL) < 0
		       ? -1
		       : 0;
}

static int stop_signals(void **state)
{
	static const struct itimerval never;

	(void)state;
	return setitimer(ITIMER_REAL, &never, NULL);
}

static struct pimg_queue *queue_of(size_t bytes)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 1024 * 1024);
	static uint8_t packet[4096];

	for (size_t i = 0; i < bytes / sizeof(packet); i++) {
		memset(packet, (int)i, sizeof(packet));
		packet[i % sizeof(packet)] = (uint8_t)(i >> 8);
		pimg_queue_append(queue, PIMG_PACKET, packet, sizeof(packet), NULL);
	}
	return queue;
}

static int write_to(const char *path, const struct pimg_queue *queue, pimg_progress_fn progress,
		    struct pimg_error *error)
{
	struct pimg_writer_options options = {.replace = true, .progress = {.report = progress}};
	struct pimg_writer *writer = pimg_writer_open(path, PIMG_PIPE, &options, error);

	if (!writer)
		return -1;
	if (pimg_writer_put(writer, queue, error) < 0) {
		pimg_writer_abort(writer);
		return -1;
	}
	return pimg_writer_commit(writer, error);
}

static void write_image(const char *name, size_t bytes)
{
	struct pimg_queue *queue = queue_of(bytes);
	struct pimg_error error;

	if (write_to(scratch_path(name), queue, NULL, &error) < 0)
		fail_msg("%s", error.sentence);
	pimg_queue_free(queue);
}

static void wait_milliseconds(long milliseconds)
{
	struct timespec left = {0, milliseconds * 1000000};

	while (nanosleep(&left, &left) < 0)
		;
}

/* A child that copies a file into a pipe with pauses, so that its reader blocks many times. */
struct feeder {
	pid_t pid;
	int fd;
	char path[32]; /* of the read end */
};

static struct feeder feed_slowly(const char *image)
{
	struct feeder feeder;
	char from[256];
	int ends[2];

	snprintf(from, sizeof(from), "%s", scratch_path(image));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	feeder.pid = fork_child();
	if (feeder.pid == 0) {
		static uint8_t piece[32768];
		int in = open(from, O_RDONLY);
		ssize_t got;

		signal(SIGALRM, SIG_IGN);
		close(ends[0]);
		wait_milliseconds(10);
		while ((got = read(in, piece, sizeof(piece))) > 0) {
			wait_milliseconds(3);
			if (write(ends[1], piece, (size_t)got) != got)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	feeder.fd = ends[0];
	snprintf(feeder.path, sizeof(feeder.path), "/dev/fd/%d", feeder.fd);
	return feeder;
}

static void reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_file_is_opened_and_loaded(void **state)
{
	struct pimg_error error;
	struct pimg_image *image;
	struct pimg_queue *queue, *wanted = queue_of(QUEUE_BYTES);

	(void)state;
	write_image("file", QUEUE_BYTES);
	image = pimg_image_open(scratch_path("file"), NULL, &error);
	assert_non_null(image);
	queue = pimg_image_load(image, 0, &error);
	assert_non_null(queue);
	assert_true(pimg_queue_equal(wanted, queue, NULL));
	pimg_queue_free(queue);
	pimg_queue_free(wanted);
	pimg_image_close(image);
}

static void a_pipe_with_a_slow_writer_is_opened(void **state)
{
	struct pimg_error error;
	struct pimg_image *image;
	struct feeder feeder;

	(void)state;
	write_image("slow", QUEUE_BYTES);
	feeder = feed_slowly("slow");
	image = pimg_image_open(feeder.path, NULL, &error);
	if (!image)
		fail_msg("%s", error.sentence);
	assert_null(pimg_image_damage(image));
	assert_int_equal(pimg_image_queue(image, 0)->bytes, QUEUE_BYTES);
	pimg_image_close(image);
	reap(feeder.pid);
	close(feeder.fd);
	assert_true(signals > 10);
}

static void a_pipe_with_a_slow_writer_is_verified(void **state)
{
	struct pimg_verify_summary summary = {0};
	struct pimg_error error;
	struct feeder feeder;

	(void)state;
	write_image("verified", QUEUE_BYTES);
	feeder = feed_slowly("verified");
	if (pimg_verify(feeder.path, NULL, &summary, &error) < 0)
		fail_msg("%s", error.sentence);
	assert_int_equal(summary.bytes, QUEUE_BYTES);
	assert_int_equal(summary.findings[PIMG_ERROR], 0);
	reap(feeder.pid);
	close(feeder.fd);
}

static void a_pipe_with_a_slow_writer_is_converted(void **state)
{
	struct pimg_convert_options options = {.has_layout = true, .layout = PIMG_LAYOUT_INDEXED};
	struct pimg_error error;
	struct feeder feeder;

	(void)state;
	write_image("converted", QUEUE_BYTES);
	feeder = feed_slowly("converted");
	if (pimg_convert(feeder.path, scratch_path("converted-to"), &options, NULL, &error) < 0)
		fail_msg("%s", error.sentence);
	reap(feeder.pid);
	close(feeder.fd);
}

static void a_pipe_with_a_slow_writer_is_compressed(void **state)
{
	struct pimg_error error;
	struct feeder feeder;

	(void)state;
	write_image("compressed", QUEUE_BYTES);
	feeder = feed_slowly("compressed");
	if (pimg_compress(feeder.path, scratch_path("compressed-to"), 0, false, NULL, &error) < 0)
		fail_msg("%s", error.sentence);
	reap(feeder.pid);
	close(feeder.fd);
}

/* Once compression threads exist, only they could receive the signal. */
static int become_deaf(void *context, uint64_t done, uint64_t total)
{
	sigset_t alarm_only;

	(void)context;
	(void)total;
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	if (done > 4 * 1024 * 1024)
		pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
	return 0;
}

static void compression_threads_leave_signals_to_the_program(void **state)
{
	struct pimg_error error;
	sigset_t before;

	(void)state;
	write_image("threads", 32 * 1024 * 1024);
	elsewhere = 0;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	if (pimg_compress(scratch_path("threads"), scratch_path("threads-to"), 9, true,
			  &(struct pimg_progress){become_deaf, NULL}, &error) < 0)
		fail_msg("%s", error.sentence);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert_false(elsewhere);
}

/* A child that reads from a FIFO with pauses, so that its writer blocks many times. */
static pid_t drain_slowly(const char *fifo)
{
	char from[256];
	pid_t pid;

	snprintf(from, sizeof(from), "%s", scratch_path(fifo));
	assert_int_equal(mkfifo(from, 0600), 0);
	pid = fork_child();
	if (pid == 0) {
		static uint8_t piece[32768];
		size_t total = 0;
		ssize_t got;
		int in;

		signal(SIGALRM, SIG_IGN);
		wait_milliseconds(10);
		in = open(from, O_RDONLY);
		while ((got = read(in, piece, sizeof(piece))) > 0) {
			total += (size_t)got;
			wait_milliseconds(3);
		}
		_exit(total > QUEUE_BYTES ? 0 : 1);
	}
	return pid;
}

static void an_image_is_written_to_a_fifo_with_a_slow_reader(void **state)
{
	struct pimg_queue *queue = queue_of(QUEUE_BYTES);
	struct pimg_error error;
	pid_t drainer = drain_slowly("out-fifo");

	(void)state;
	if (write_to(scratch_path("out-fifo"), queue, NULL, &error) < 0)
		fail_msg("%s", error.sentence);
	reap(drainer);
	pimg_queue_free(queue);
}

static void pipes_are_refilled_and_captured(void **state)
{
	struct pimg_queue *queue = queue_of(QUEUE_BYTES);

	(void)state;
	for (int round = 0; round < 30; round++) {
		struct pimg_error error;
		struct pimg_queue *found;
		int ends[2];

		if (pimg_refill(queue, ends, NULL, &error) < 0)
			fail_msg("%s", error.sentence);
		found = pimg_capture_fd(ends[0], &error);
		if (!found)
			fail_msg("%s", error.sentence);
		assert_true(pimg_queue_equal(queue, found, NULL));
		pimg_queue_free(found);
		close(ends[0]);
		close(ends[1]);
	}
	pimg_queue_free(queue);
}

static void live_pipes_are_found_and_captured(void **state)
{
	struct pimg_queue *queue = queue_of(QUEUE_BYTES), *found = NULL;
	struct pimg_error error;
	struct pimg_live *live;
	struct stat status;
	int ends[2];

	(void)state;
	assert_int_equal(pimg_refill(queue, ends, NULL, NULL), 0);
	assert_int_equal(fstat(ends[0], &status), 0);
	live = pimg_live_scan(PIMG_LIVE_SELF, &error);
	if (!live)
		fail_msg("%s", error.sentence);
	for (size_t i = 0; i < pimg_live_pipe_count(live) && !found; i++) {
		if (pimg_live_pipe(live, i)->inode == status.st_ino &&
		    pimg_live_pipe(live, i)->type == PIMG_PIPE)
			found = pimg_live_capture(live, i, 0, &error);
	}
	if (!found)
		fail_msg("%s", error.sentence);
	assert_true(pimg_queue_equal(queue, found, NULL));
	pimg_queue_free(found);
	pimg_queue_free(queue);
	pimg_live_free(live);
	close(ends[0]);
	close(ends[1]);
}

static void processes_are_stopped(void **state)
{
	pid_t pid = fork_child();
	struct pimg_stop *stop;
	struct pimg_error error;
	int status;

	(void)state;
	if (pid == 0) {
		signal(SIGALRM, SIG_IGN);
		for (;;)
			pause();
	}
	for (int round = 0; round < 20; round++) {
		stop = pimg_stop_processes(&pid, 1, NULL, &error);
		if (!stop)
			fail_msg("%s", error.sentence);
		pimg_stop_release(stop);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
}

/* ---- a request to stop is obeyed ---- */

static int ask_to_stop(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	(void)done;
	(void)total;
	return 1;
}

/* Counts in context, and stops at the tenth call. */
static int stop_at_last(void *context, uint64_t done, uint64_t total)
{
	unsigned *asked = context;

	(void)done;
	(void)total;
	return ++*asked == 10;
}

static void progress_can_stop_a_wait_for_an_image(void **state)
{
	struct pimg_error error;
	unsigned asked = 0;
	int ends[2];
	char path[32];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_null(
		pimg_image_open(path,
				&(struct pimg_open_options){
					.progress = &(struct pimg_progress){stop_at_last, &asked}},
				&error));
	assert_int_equal(error.errno_value, EINTR);
	assert_int_equal(asked, 10);
	close(ends[0]);
	close(ends[1]);
}

static void progress_can_stop_a_wait_for_bytes(void **state)
{
	struct pimg_error error;
	struct pimg_verify_summary summary = {0};
	unsigned asked = 0;
	int silent[2];
	char path[32];

	(void)state;
	assert_int_equal(pipe(silent), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", silent[0]);
	assert_int_equal(
		pimg_verify(path,
			    &(struct pimg_verify_options){
				    .progress = &(struct pimg_progress){stop_at_last, &asked}},
			    &summary, &error),
		-1);
	assert_int_equal(error.errno_value, EINTR);
	close(silent[0]);
	close(silent[1]);
}

static void progress_can_stop_a_wait_for_a_fifo_reader(void **state)
{
	struct pimg_queue *queue = queue_of(QUEUE_BYTES);
	struct pimg_error error;

	(void)state;
	assert_int_equal(mkfifo(scratch_path("nobody-reads"), 0600), 0);
	assert_int_equal(write_to(scratch_path("nobody-reads"), queue, ask_to_stop, &error), -1);
	assert_int_equal(error.errno_value, EINTR);
	pimg_queue_free(queue);
}

static void progress_can_stop_a_wait_for_room(void **state)
{
	struct pimg_queue *queue = queue_of(QUEUE_BYTES);
	struct pimg_error error;
	int full;

	(void)state;
	assert_int_equal(mkfifo(scratch_path("full"), 0600), 0);
	full = open(scratch_path("full"), O_RDWR);
	assert_int_equal(write_to(scratch_path("full"), queue, ask_to_stop, &error), -1);
	assert_int_equal(error.errno_value, EINTR);
	assert_string_equal(error.sentence, "interrupted");
	close(full);
	pimg_queue_free(queue);
}

/* A thread in vfork(2) does not stop, so this waits for ten seconds. */
static void progress_can_stop_the_stopping_of_processes(void **state)
{
	struct timespec before, after;
	struct pimg_error error;
	int ready[2], status;
	pid_t pid;
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork_child();
	if (pid == 0) {
		signal(SIGALRM, SIG_IGN);
		if (vfork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (write(ready[1], "", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		_exit(0);
	}
	while (read(ready[0], &byte, 1) != 1)
		;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_null(
		pimg_stop_processes(&pid, 1, &(struct pimg_progress){ask_to_stop, NULL}, &error));
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(error.errno_value, EINTR);
	assert_true(after.tv_sec - before.tv_sec < 8);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
#define WITH_SIGNALS(test) cmocka_unit_test_setup_teardown(test, start_signals, stop_signals)
	const struct CMUnitTest tests[] = {
		WITH_SIGNALS(a_file_is_opened_and_loaded),
		WITH_SIGNALS(a_pipe_with_a_slow_writer_is_opened),
		WITH_SIGNALS(a_pipe_with_a_slow_writer_is_verified),
		WITH_SIGNALS(a_pipe_with_a_slow_writer_is_converted),
		WITH_SIGNALS(a_pipe_with_a_slow_writer_is_compressed),
		WITH_SIGNALS(compression_threads_leave_signals_to_the_program),
		WITH_SIGNALS(an_image_is_written_to_a_fifo_with_a_slow_reader),
		WITH_SIGNALS(pipes_are_refilled_and_captured),
		WITH_SIGNALS(live_pipes_are_found_and_captured),
		WITH_SIGNALS(processes_are_stopped),
		WITH_SIGNALS(progress_can_stop_a_wait_for_an_image),
		WITH_SIGNALS(progress_can_stop_a_wait_for_bytes),
		WITH_SIGNALS(progress_can_stop_a_wait_for_a_fifo_reader),
		WITH_SIGNALS(progress_can_stop_a_wait_for_room),
		WITH_SIGNALS(progress_can_stop_the_stopping_of_processes),
	};

	return cmocka_run_group_tests_name("interrupted", tests, scratch_make, scratch_remove);
}
