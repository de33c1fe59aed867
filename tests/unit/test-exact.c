// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The project's central claim, tested against the kernel: a pipe that was captured and refilled
 * answers any sequence of reads like the original.
 *
 * PIPEIMG_PROGRAMS sets how many random programs are run, PIPEIMG_SEED where they start. A program
 * that fails is shrunk and printed in the form of corpus/exact.txt, which collects such cases.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "live/live.h"
#include "pipe-program.h"
#include "pipeimg.h"
#include "scratch.h"

#define READ_MAX (2 * 1024 * 1024)

static struct program_sources sources;
static bool through_files;
static uint8_t *original_bytes, *restored_bytes;

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* Reads both pipes in the same way until they are empty. Returns false at the first difference. */
static bool read_alike(int original, int restored, uint64_t *random, char *why, size_t why_size)
{
	bool large = next_random(random) % 3 == 0;

	for (unsigned number = 1;; number++) {
		size_t size = large ? READ_MAX : 1 + next_random(random) % 6000;
		ssize_t a = read(original, original_bytes, size);
		int a_errno = errno;
		ssize_t b = read(restored, restored_bytes, size);

		if (a < 0 && b < 0 && a_errno == errno)
			return true;
		if (a == b && !memcmp(original_bytes, restored_bytes, (size_t)a))
			continue;
		snprintf(why, why_size, "read %u of %zu bytes returns %zd instead of %zd", number,
			 size, b, a);
		return false;
	}
}

/*
 * Writes a queue to a file in that layout, and reads it back. Frees queue; null is passed through.
 */
static struct pimg_queue *through_file(struct pimg_queue *queue, enum pimg_layout layout,
				       struct pimg_error *error)
{
	struct pimg_writer_options options = {.layout = layout, .replace = true, .queue_count = 1};
	struct pimg_writer *writer;
	struct pimg_queue *read = NULL;
	struct pimg_image *image;

	if (!queue)
		return NULL;
	writer = pimg_writer_open(scratch_path("image"), pimg_queue_type(queue), &options, error);
	if (writer && pimg_writer_put(writer, queue, error) == 0 &&
	    pimg_writer_commit(writer, error) == 0) {
		image = pimg_image_open(scratch_path("image"), NULL, error);
		if (image)
			read = pimg_image_load(image, 0, error);
		pimg_image_close(image);
	}
	pimg_queue_free(queue);
	return read;
}

/*
 * Captures a pipe by itself, or as list and capture do: with private pipes that earlier captures used.
 */
static struct pimg_queue *capture(int fd, bool reuse, struct pimg_error *error)
{
	static struct snapshot *snapshot;
	struct pimg_queue *queue;

	if (!reuse)
		return pimg_capture_fd(fd, error);
	if (!snapshot)
		snapshot = snapshot_new(error);
	queue = pimg_queue_new(PIMG_PIPE, 1, 0);
	if (queue && snapshot && snapshot_take(snapshot, fd, queue, error) == 0)
		return queue;
	pimg_queue_free(queue);
	snapshot_free(snapshot);
	snapshot = NULL;
	return NULL;
}

/*
 * Captures the program's pipe, refills another, and compares them by reading. With through_files,
 * the queue passes through an image of each layout that keeps boundaries.
 */
static bool is_exact(const struct program *program, uint64_t random, char *why, size_t why_size)
{
	struct pimg_error error;
	struct pimg_queue *queue;
	int original[2], restored[2];
	bool exact = false;

	program_run(program, &sources, original);
	queue = capture(original[0], (random ^ random >> 20) & 1, &error);
	if (through_files) {
		queue = through_file(queue, PIMG_LAYOUT_PACKETS, &error);
		queue = through_file(queue, PIMG_LAYOUT_INDEXED, &error);
	}
	if (!queue || pimg_refill(queue, restored, NULL, &error) < 0) {
		pimg_error_format(&error, why, why_size);
	} else {
		fcntl(restored[0], F_SETFL, O_NONBLOCK);
		if (fcntl(original[0], F_GETPIPE_SZ) != fcntl(restored[0], F_GETPIPE_SZ))
			snprintf(why, why_size, "the capacity is %d instead of %d",
				 fcntl(restored[0], F_GETPIPE_SZ),
				 fcntl(original[0], F_GETPIPE_SZ));
		else
			exact = read_alike(original[0], restored[0], &random, why, why_size);
		close(restored[0]);
		close(restored[1]);
	}
	pimg_queue_free(queue);
	close(original[0]);
	close(original[1]);
	return exact;
}

/* Removes one operation after another, as long as the program still fails. */
static void shrink(struct program *program, uint64_t random)
{
	char why[256];

	for (size_t i = 0; i < program->count;) {
		struct program smaller = *program;

		memmove(&smaller.operations[i], &smaller.operations[i + 1],
			(smaller.count - i - 1) * sizeof(*smaller.operations));
		smaller.count--;
		if (is_exact(&smaller, random, why, sizeof(why)))
			i++;
		else
			*program = smaller;
	}
}

static void check(struct program *program, uint64_t seed)
{
	char why[256];

	if (is_exact(program, seed, why, sizeof(why)))
		return;
	shrink(program, seed);
	is_exact(program, seed, why, sizeof(why));
	fprintf(stderr, "# seed %#" PRIx64 ": %s\n", seed, why);
	program_print(stderr, program);
	fail_msg("%s", why);
}

static void check_random_programs(uint64_t count)
{
	uint64_t seed = from_environment("PIPEIMG_SEED", (uint64_t)time(NULL) << 20);

	printf("# %" PRIu64 " programs from PIPEIMG_SEED=%#" PRIx64 "\n", count, seed);
	for (uint64_t i = 0; i < count; i++) {
		struct program program;
		uint64_t random = (seed + i) * 2 + 1;

		program_generate(&program, &random);
		check(&program, random);
	}
}

static void random_queues_come_back_read_for_read(void **state)
{
	(void)state;
	check_random_programs(from_environment("PIPEIMG_PROGRAMS", 100000));
}

/* Some seccomp profiles refuse vmsplice(2) with EPERM. */
static void refuse_vmsplice(void)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_vmsplice, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof(instructions) / sizeof(*instructions), instructions};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0 ||
	    vmsplice(-1, NULL, 0, 0) != -1 || errno != EPERM)
		_exit(77);
}

static void queues_come_back_where_vmsplice_is_refused(void **state)
{
	uint64_t count = from_environment("PIPEIMG_PROGRAMS", 100000) / 50;
	pid_t child = fork_child();
	int status;

	(void)state;
	if (!child) {
		refuse_vmsplice();
		for (uint64_t i = 0; i < count; i++) {
			struct program program;
			uint64_t random = i * 2 + 1;
			char why[256];

			program_generate(&program, &random);
			if (!is_exact(&program, random, why, sizeof(why))) {
				fprintf(stderr, "# %s\n", why);
				program_print(stderr, &program);
				_exit(1);
			}
		}
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* An emulator may have no seccomp. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void random_queues_come_back_through_files(void **state)
{
	(void)state;
	through_files = true;
	check_random_programs(from_environment("PIPEIMG_PROGRAMS", 100000) / 50);
	through_files = false;
}

static void known_hard_cases_come_back_read_for_read(void **state)
{
	const char *source = getenv("PIPEIMG_SOURCE");
	struct program program;
	char path[4096];
	size_t count = 0;
	FILE *corpus;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/unit/corpus/exact.txt", source ? source : ".");
	corpus = fopen(path, "re");
	assert_non_null(corpus);
	while (program_read(corpus, &program) == 0) {
		for (uint64_t seed = 1; seed <= 20; seed++)
			check(&program, seed);
		count++;
	}
	fclose(corpus);
	assert_true(count > 0);
}

/* The test is only worth something if it fails for the merged queue of CRIU. */
static void merged_packets_are_distinguished_from_packets(void **state)
{
	struct pimg_queue *merged;
	int original[2], restored[2];
	uint64_t random = 3;
	char why[256];

	(void)state;
	assert_int_equal(pipe2(original, O_DIRECT | O_NONBLOCK), 0);
	assert_int_equal(write(original[1], "ab", 2), 2);
	assert_int_equal(write(original[1], "c", 1), 1);
	merged = pimg_queue_new(PIMG_PIPE, 1, 65536);
	assert_int_equal(pimg_queue_append(merged, PIMG_STREAM, "abc", 3, NULL), 0);
	assert_int_equal(pimg_refill(merged, restored, NULL, NULL), 0);
	fcntl(restored[0], F_SETFL, O_NONBLOCK);
	assert_false(read_alike(original[0], restored[0], &random, why, sizeof(why)));
	pimg_queue_free(merged);
	for (int i = 0; i < 2; i++) {
		close(original[i]);
		close(restored[i]);
	}
}

static int set_up(void **state)
{
	original_bytes = malloc(READ_MAX);
	restored_bytes = malloc(READ_MAX);
	if (!original_bytes || !restored_bytes || scratch_make(state) < 0)
		return -1;
	return program_sources_open(&sources);
}

static int tear_down(void **state)
{
	free(original_bytes);
	free(restored_bytes);
	program_sources_close(&sources);
	return scratch_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_packets_are_distinguished_from_packets),
		cmocka_unit_test(known_hard_cases_come_back_read_for_read),
		cmocka_unit_test(random_queues_come_back_read_for_read),
		cmocka_unit_test(random_queues_come_back_through_files),
		cmocka_unit_test(queues_come_back_where_vmsplice_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
