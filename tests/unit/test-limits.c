// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits of an unprivileged user: each is distinguished and named with its remedy. Each test runs
 * in a child that has become a user without processes or privileges.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "pipeimg.h"

/*
 * An unused user, so that pipes of other tests do not count against it; each test has a separate
 * one.
 */
#define FIRST_UID 754321

/* In a child: reports what went wrong to the parent. */
#define CLAIM(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			dprintf(2, "line %d: not true: %s\n", __LINE__, #condition);               \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void as_plain_user_after(void (*prepare)(void), uid_t which, void (*run)(void))
{
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("needs root, to become a user whose limits are untouched\n");
		skip();
	}
	pid = fork_child();
	if (pid == 0) {
		if (prepare)
			prepare();
		CLAIM(setgroups(0, NULL) == 0);
		CLAIM(setgid(FIRST_UID + which) == 0);
		CLAIM(setuid(FIRST_UID + which) == 0);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void as_plain_user(uid_t which, void (*run)(void))
{
	as_plain_user_after(NULL, which, run);
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

/* Creates large pipes until this user is over fs.pipe-user-pages-soft. */
static void use_up_soft_limit(void)
{
	unsigned max = limit("pipe-max-size");
	int ends[2];

	do {
		CLAIM(pipe2(ends, 0) == 0);
	} while (fcntl(ends[0], F_SETPIPE_SZ, max) >= 0);
	CLAIM(errno == EPERM);
	/* Pipes of default size use up the rest, until one is smaller. */
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
	/* A queue that fits into the small pipes of this user is captured exactly. */
	queue = pimg_capture_fd(little[0], &error);
	CLAIM(queue && pimg_queue_packet_count(queue) == 1);
	CLAIM(pimg_queue_capacity(queue) == 16 * sysconf(_SC_PAGESIZE));
	pimg_queue_free(queue);
	/* One that does not fit is refused, and not captured in part. */
	CLAIM(!pimg_capture_fd(full[0], &error));
	CLAIM(error.status == PIMG_SYSTEM);
	CLAIM(strstr(error.sentence, "fs.pipe-user-pages-soft"));
	/* Not EACCES, which capture --all would take for a missing permission. */
	CLAIM(error.errno_value == EPERM);
}

/* Above the soft limit a user still gets minimal pipes; above the hard limit, none. */
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

/* For this process and its children, a setting in /proc/sys reads differently. */
static void show_hard_limit(const char *pages)
{
	char file[] = "/tmp/pipeimg-limit.XXXXXX";
	int fd;

	CLAIM(unshare(CLONE_NEWNS) == 0);
	CLAIM(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	fd = mkstemp(file);
	CLAIM(fd >= 0 && dprintf(fd, "%s\n", pages) > 0 && fchmod(fd, 0444) == 0 && close(fd) == 0);
	CLAIM(mount(file, "/proc/sys/fs/pipe-user-pages-hard", NULL, MS_BIND, NULL) == 0);
	unlink(file);
}

static void show_hard_limit_above_soft(void)
{
	show_hard_limit("4000000");
}

static void show_hard_limit_below_soft(void)
{
	show_hard_limit("7");
}

/* Like the kernel at the hard limit, which is a setting of the whole machine. */
static void refuse_new_pipes(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pipe2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENFILE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	CLAIM(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CLAIM(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* Whether no pipe can be created, and the error names that limit. */
static bool refusal_names(const char *name)
{
	struct pimg_error error;
	int packets[2];

	packet_pipe(packets, 1);
	refuse_new_pipes();
	CLAIM(!pimg_capture_fd(packets[0], &error));
	CLAIM(error.status == PIMG_SYSTEM && error.errno_value == ENFILE);
	return strstr(error.sentence, name);
}

static void run_without_new_pipes(void)
{
	CLAIM(refusal_names("fs.file-max"));
}

static void run_without_new_pipes_by_hard_limit(void)
{
	CLAIM(refusal_names("fs.pipe-user-pages-hard (4000000 pages)"));
}

static void run_capture_over_lower_hard_limit(void)
{
	struct pimg_error error;
	int full[2];

	allow_many_descriptors();
	packet_pipe(full, 16);
	use_up_soft_limit();
	CLAIM(!pimg_capture_fd(full[0], &error));
	CLAIM(strstr(error.sentence, "fs.pipe-user-pages-hard (7 pages)"));
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
	struct pimg_refill_report report = {0};
	struct pimg_error error;
	int ends[2];

	allow_many_descriptors();
	use_up_soft_limit();
	CLAIM(pimg_queue_append(queue, PIMG_PACKET, "abc", 3, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) == 0);
	CLAIM(report.capacity_differs && report.capacity < limit("pipe-max-size"));
	CLAIM(strstr(report.limit, "fs.pipe-user-pages-soft ("));
	for (unsigned i = 0; i < 16; i++)
		CLAIM(pimg_queue_append(queue, PIMG_PACKET, "abc", 3, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) < 0);
	CLAIM(error.status == PIMG_SYSTEM && strstr(error.sentence, "fs.pipe-user-pages-soft"));
}

static void run_refill_above_max_size(void)
{
	unsigned max = limit("pipe-max-size");
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 1, 2 * max);
	struct pimg_refill_report report = {0};
	struct pimg_error error;
	void *bytes = calloc(1, max + 1);
	int ends[2];

	CLAIM(pimg_queue_append(queue, PIMG_STREAM, bytes, 5, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) == 0);
	CLAIM(report.capacity_differs && report.capacity == max);
	CLAIM(strstr(report.limit, "fs.pipe-max-size ("));
	CLAIM(pimg_queue_append(queue, PIMG_STREAM, bytes, max, NULL) == 0);
	CLAIM(pimg_refill(queue, ends, &report, &error) < 0);
	CLAIM(error.status == PIMG_SYSTEM && strstr(error.sentence, "fs.pipe-max-size"));
	free(bytes);
}

/*
 * A full pipe of the maximum capacity cannot be copied to a larger one, which excludes one method.
 */
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
	/* With hidepid it may not be visible at all. */
	CLAIM(!pimg_live_has_process(live, root_holder) || pimg_live_is_hidden(live, root_holder));
	CLAIM(!pimg_live_has_process(live, root_holder) || pimg_live_hidden_count(live) > 0);
	pimg_live_free(live);
	CLAIM(pimg_live_get_fd(root_holder, 0, &error) < 0);
	CLAIM(error.status == PIMG_SYSTEM);
	CLAIM(!pimg_stop_processes(&root_holder, 1, NULL, &error));
	CLAIM(error.status == PIMG_SYSTEM && strstr(error.sentence, "cannot stop process"));
}

static void above_the_soft_limit_a_queue_that_fits_is_captured(void **state)
{
	(void)state;
	as_plain_user(1, run_capture_over_soft_limit);
}

static void without_a_hard_limit_the_error_names_open_files(void **state)
{
	(void)state;
	as_plain_user(6, run_without_new_pipes);
}

static void if_no_pipe_can_be_created_the_error_names_the_hard_limit(void **state)
{
	(void)state;
	as_plain_user_after(show_hard_limit_above_soft, 7, run_without_new_pipes_by_hard_limit);
}

static void the_error_names_the_lower_of_two_limits(void **state)
{
	(void)state;
	as_plain_user_after(show_hard_limit_below_soft, 8, run_capture_over_lower_hard_limit);
}

/* Changes a setting of the machine temporarily, so main() runs it only on request. */
static void above_the_hard_limit_the_error_names_that_limit(void **state)
{
	(void)state;
	assert_int_equal(limit("pipe-user-pages-hard"), 0);
	assert_true(set_hard_limit("17000"));
	as_plain_user(9, run_capture_over_hard_limit);
}

static int unset_hard_limit(void **state)
{
	(void)state;
	if (limit("pipe-user-pages-hard") == 17000)
		set_hard_limit("0");
	return 0;
}

static void above_the_soft_limit_a_queue_that_fits_is_refilled(void **state)
{
	(void)state;
	as_plain_user(2, run_refill_over_soft_limit);
}

static void a_capacity_above_the_maximum_becomes_the_maximum(void **state)
{
	(void)state;
	as_plain_user(3, run_refill_above_max_size);
}

static void a_full_pipe_of_the_maximum_capacity_is_captured(void **state)
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
	/*
	 * Other programs could fail to create pipes in the meantime: never run this on a machine in
	 * use.
	 */
	const struct CMUnitTest machine_tests[] = {
		cmocka_unit_test_teardown(above_the_hard_limit_the_error_names_that_limit,
					  unset_hard_limit),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(above_the_soft_limit_a_queue_that_fits_is_captured),
		cmocka_unit_test(without_a_hard_limit_the_error_names_open_files),
		cmocka_unit_test(if_no_pipe_can_be_created_the_error_names_the_hard_limit),
		cmocka_unit_test(the_error_names_the_lower_of_two_limits),
		cmocka_unit_test(above_the_soft_limit_a_queue_that_fits_is_refilled),
		cmocka_unit_test(a_capacity_above_the_maximum_becomes_the_maximum),
		cmocka_unit_test(a_full_pipe_of_the_maximum_capacity_is_captured),
		cmocka_unit_test(another_user_s_process_is_hidden_and_counted),
	};

	if (getenv("PIPEIMG_CHANGE_MACHINE"))
		return cmocka_run_group_tests(machine_tests, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
