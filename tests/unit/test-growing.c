// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Growing images: after each step they describe what was read so far, and after the last one they
 * equal an image that was opened completely.
 *
 * PIPEIMG_IMAGES sets how many random images are tried, PIPEIMG_SEED where they start.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "format/directory-names.h"
#include "image-bytes.h"
#include "io/archive/tree.h"
#include "io/sink/sink.h"
#include "pipe-program.h"
#include "pipeimg-private.h"
#include "random-image.h"
#include "same-image.h"
#include "scratch.h"

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static uint64_t start_random(uint64_t count)
{
	uint64_t seed = from_environment("PIPEIMG_SEED", (uint64_t)time(NULL) << 20);

	printf("# %" PRIu64 " images from PIPEIMG_SEED=%#" PRIx64 "\n", count, seed);
	return seed;
}

static void write_random(const char *name, const struct random_image *image, uint64_t *random)
{
	struct bytes bytes = random_image_make(image, random);

	scratch_write(name, bytes.data, bytes.length);
	bytes_release(&bytes);
}

/* ---- inspection while growing ---- */

/* Everything except kinds is final as soon as it is known. */
static void assert_prefix(const struct pimg_image *growing, const struct pimg_image *whole)
{
	assert_true(pimg_image_queue_count(growing) <= pimg_image_queue_count(whole));
	for (size_t i = 0; i < pimg_image_queue_count(growing); i++) {
		const struct pimg_queue_info *a = pimg_image_queue(growing, i);
		const struct pimg_queue_info *b = pimg_image_queue(whole, i);

		assert_int_equal(a->type, b->type);
		assert_int_equal(a->id, b->id);
		assert_true(a->chunks <= b->chunks && a->bytes <= b->bytes);
		assert_true(a->chunks < b->chunks || a->bytes == b->bytes);
		for (size_t j = 0; j < a->chunks; j++) {
			struct pimg_chunk x = pimg_image_chunk(growing, i, j);
			struct pimg_chunk y = pimg_image_chunk(whole, i, j);

			assert_int_equal(x.length, y.length);
			assert_true(x.offset == y.offset);
		}
	}
}

/* Reads part of a random chunk that is known already. */
static void read_something(struct pimg_image *growing, struct pimg_image *whole, uint64_t *random)
{
	size_t queues = pimg_image_queue_count(growing), queue, chunk;
	uint32_t length, offset;

	if (!queues)
		return;
	queue = next_random(random) % queues;
	if (!pimg_image_queue(growing, queue)->chunks)
		return;
	chunk = next_random(random) % pimg_image_queue(growing, queue)->chunks;
	length = pimg_image_chunk(growing, queue, chunk).length;
	offset = next_random(random) % (length + 1);
	assert_same_payload(growing, whole, queue, chunk, offset, length - offset);
}

static struct pimg_image *open_growing(const char *path)
{
	struct pimg_error error;
	struct pimg_image *growing = pimg_image_open(
		path, &(struct pimg_open_options){.flags = PIMG_OPEN_GROWING}, &error);

	if (!growing)
		fail_msg("%s", error.sentence);
	assert_int_equal(pimg_image_queue_count(growing), 0);
	return growing;
}

/*
 * Grows in steps, reads in between if random is given, and compares the result with a complete
 * image.
 */
static void check_growing(const char *path, uint64_t step, uint64_t *random)
{
	struct pimg_image *whole = pimg_image_open(path, NULL, NULL);
	struct pimg_image *growing = open_growing(path);
	uint64_t done, total, before = 0;
	struct pimg_error error;
	int result;

	assert_non_null(whole);
	do {
		result = pimg_image_grow(growing, step, &done, &total, &error);
		if (result < 0)
			fail_msg("%s", error.sentence);
		assert_true(done >= before && (!total || done <= total));
		before = done;
		assert_prefix(growing, whole);
		if (random)
			read_something(growing, whole, random);
	} while (result > 0);
	assert_true(!total || done == total);
	assert_same_image(growing, whole);
	assert_int_equal(pimg_image_grow(growing, step, NULL, NULL, NULL), 0);
	pimg_image_close(growing);
	pimg_image_close(whole);
}

static void check_in_steps(const char *path, uint64_t *random)
{
	check_growing(path, UINT64_MAX, NULL);
	check_growing(path, 1 + next_random(random) % 64, NULL);
	check_growing(path, 1 + next_random(random) % 64, random);
	check_growing(path, 1 + next_random(random) % 4096, random);
}

/* ---- fixtures ---- */

static void check_fixtures(const char *pattern)
{
	const char *source = getenv("PIPEIMG_SOURCE");
	uint64_t random = 1;
	char path[4096];
	glob_t found;

	snprintf(path, sizeof(path), "%s/testdata/%s", source ? source : ".", pattern);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		/* Payloads that are not skipped would need many steps of one byte. */
		check_growing(found.gl_pathv[i], 1000, NULL);
		check_growing(found.gl_pathv[i], 1000, &random);
		check_growing(found.gl_pathv[i], UINT64_MAX, NULL);
	}
	globfree(&found);
}

static void criu_directories_grow_to_their_full_content(void **state)
{
	(void)state;
	check_fixtures("criu-*/*");
}

static void criu_image_files_grow_to_their_full_content(void **state)
{
	(void)state;
	check_fixtures("criu-*/*/pipes-data.img");
	check_fixtures("criu-*/*/fifo-data.img");
	check_fixtures("criu-*/*/sk-queues.img");
}

static void a_podman_archive_grows_to_its_full_content(void **state)
{
	(void)state;
	check_fixtures("podman/*.tar.zst");
}

/* ---- random images ---- */

static struct random_image small_image(uint64_t *random)
{
	return (struct random_image){
		.type = (enum pimg_type)(next_random(random) % 3),
		.queues = 1 + next_random(random) % 8,
		.records = next_random(random) % 60,
		.longest = 1 + next_random(random) % 40,
	};
}

typedef void (*check_fn)(uint64_t *random);

static void for_random_images(uint64_t count, check_fn check)
{
	uint64_t seed = start_random(count);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t random = (seed + i) * 2 + 1;
		struct random_image image = small_image(&random);

		write_random("image", &image, &random);
		check(&random);
	}
}

static void check_plain(uint64_t *random)
{
	check_in_steps(scratch_path("image"), random);
}

static void random_images_grow_to_their_full_content(void **state)
{
	(void)state;
	for_random_images(from_environment("PIPEIMG_IMAGES", 400), check_plain);
}

/*
 * After each step the image equals that of a file of the bytes so far, including kinds, layout and
 * ends.
 */
static void check_as_cut(uint64_t *random)
{
	struct bytes bytes = read_file("image");
	struct pimg_image *growing = open_growing(scratch_path("image"));
	uint64_t step = 1 + next_random(random) % 64, done;
	int result;

	do {
		struct pimg_image *cut;

		result = pimg_image_grow(growing, step, &done, NULL, NULL);
		scratch_write("cut", bytes.data, done);
		cut = pimg_image_open(scratch_path("cut"), NULL, NULL);
		assert_non_null(cut);
		assert_int_equal(pimg_image_queue_count(growing), pimg_image_queue_count(cut));
		for (size_t i = 0; i < pimg_image_queue_count(cut); i++)
			assert_same_info(growing, cut, i);
		pimg_image_close(cut);
	} while (result > 0);
	assert_int_equal(result, 0);
	pimg_image_close(growing);
	bytes_release(&bytes);
}

static void each_step_has_the_content_of_the_file_up_to_there(void **state)
{
	(void)state;
	for_random_images(from_environment("PIPEIMG_IMAGES", 400) / 4, check_as_cut);
}

static void check_damaged(uint64_t *random)
{
	struct bytes bytes = read_file("image");
	size_t magic = 8;

	for (int times = 0; times < 8 && bytes.length > magic; times++) {
		size_t at = magic + next_random(random) % (bytes.length - magic);
		uint8_t byte = bytes.data[at];

		scratch_write("image", bytes.data, at);
		check_in_steps(scratch_path("image"), random);
		bytes.data[at] ^= (uint8_t)(1U << next_random(random) % 8);
		scratch_write("image", bytes.data, bytes.length);
		check_in_steps(scratch_path("image"), random);
		bytes.data[at] = byte;
	}
	bytes_release(&bytes);
}

static void a_damaged_image_grows_up_to_its_damage(void **state)
{
	(void)state;
	for_random_images(from_environment("PIPEIMG_IMAGES", 400) / 4, check_damaged);
}

/* ---- compressed images ---- */

static const enum compression methods[] = {
	COMPRESSION_ZSTD, COMPRESSION_ZSTD_SEEKABLE, COMPRESSION_GZIP,
	COMPRESSION_XZ,	  COMPRESSION_BZIP2,	     COMPRESSION_LZ4,
};
enum { METHODS = sizeof(methods) / sizeof(*methods) };

static void write_compressed(const char *name, const struct bytes *bytes, enum compression method)
{
	struct sink *sink = sink_open(scratch_path(name), true, NULL);

	assert_non_null(sink);
	assert_int_equal(sink_compress(sink, method, 0, NULL), 0);
	for (size_t at = 0; at < bytes->length; at += 1000) {
		size_t length = bytes->length - at < 1000 ? bytes->length - at : 1000;

		assert_int_equal(sink_begin_record(sink, NULL), 0);
		assert_int_equal(sink_write(sink, bytes->data + at, length, NULL), 0);
	}
	assert_int_equal(sink_commit(sink, NULL), 0);
}

static void check_compressed(uint64_t *random)
{
	struct bytes bytes = read_file("image");

	for (size_t i = 0; i < METHODS; i++) {
		write_compressed("packed", &bytes, methods[i]);
		check_in_steps(scratch_path("packed"), random);
	}
	bytes_release(&bytes);
}

static void compressed_images_grow_to_their_full_content(void **state)
{
	(void)state;
	for_random_images(from_environment("PIPEIMG_IMAGES", 400) / 16, check_compressed);
}

/*
 * Truncated or with a bit flipped: a file that cannot be opened cannot be opened for growing
 * either.
 */
static void check_packed(uint64_t *random)
{
	struct pimg_error error[2];
	struct pimg_image *whole = pimg_image_open(scratch_path("packed"), NULL, &error[0]);
	struct pimg_image *growing;

	if (whole) {
		pimg_image_close(whole);
		check_in_steps(scratch_path("packed"), random);
		return;
	}
	growing =
		pimg_image_open(scratch_path("packed"),
				&(struct pimg_open_options){.flags = PIMG_OPEN_GROWING}, &error[1]);
	assert_null(growing);
	assert_int_equal(error[0].status, error[1].status);
	assert_string_equal(error[0].sentence, error[1].sentence);
}

static void check_compressed_and_damaged(uint64_t *random)
{
	struct bytes image = read_file("image");

	for (size_t i = 0; i < METHODS; i++) {
		struct bytes bytes;
		size_t at;

		write_compressed("packed", &image, methods[i]);
		bytes = read_file("packed");
		at = next_random(random) % bytes.length;
		scratch_write("packed", bytes.data, at);
		check_packed(random);
		bytes.data[at] ^= (uint8_t)(1U << next_random(random) % 8);
		scratch_write("packed", bytes.data, bytes.length);
		check_packed(random);
		bytes_release(&bytes);
	}
	bytes_release(&image);
}

static void a_damaged_compressed_image_grows_up_to_its_damage(void **state)
{
	(void)state;
	for_random_images(from_environment("PIPEIMG_IMAGES", 400) / 8,
			  check_compressed_and_damaged);
}

/*
 * Longer than a source's window and than a frame, so payloads are skipped by seeking or in steps.
 */
static void large_images_grow_to_their_full_content(void **state)
{
	static const struct random_image image = {PIMG_PIPE, 8, 24, 700000};
	uint64_t random = start_random(1) * 2 + 1;
	struct bytes bytes;

	(void)state;
	write_random("image", &image, &random);
	bytes = read_file("image");
	check_growing(scratch_path("image"), 1, &random);
	for (size_t i = 0; i < METHODS; i++) {
		write_compressed("packed", &bytes, methods[i]);
		check_growing(scratch_path("packed"), 50000, &random);
		check_growing(scratch_path("packed"), 1000000, &random);
	}
	bytes_release(&bytes);
}

/* ---- directories and archives ---- */

/* With one image or several. */
static void write_directory(const char *name, uint64_t *random)
{
	int always = (int)(next_random(random) % 3);

	mkdir(scratch_path(name), 0700);
	for (int type = 0; type < 3; type++) {
		struct random_image image = small_image(random);
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", name, directory_queue_images[type]);
		unlink(scratch_path(path));
		image.type = (enum pimg_type)type;
		if (type == always || next_random(random) % 2)
			write_random(path, &image, random);
	}
}

static void write_archive(const char *name, enum compression method)
{
	struct tree_archive archive = {
		.path = scratch_path("dir"),
		.to = sink_open(scratch_path(name), true, NULL),
		.roles = directory_roles,
	};

	assert_non_null(archive.to);
	assert_int_equal(sink_compress(archive.to, method, 0, NULL), 0);
	assert_int_equal(tree_archive_write(&archive, NULL), 0);
	assert_int_equal(sink_commit(archive.to, NULL), 0);
}

static void directories_and_archives_grow_to_their_full_content(void **state)
{
	uint64_t count = from_environment("PIPEIMG_IMAGES", 400) / 8, seed = start_random(count);

	(void)state;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t random = (seed + i) * 2 + 1;

		write_directory("dir", &random);
		check_in_steps(scratch_path("dir"), &random);
		write_archive("tar", COMPRESSION_NONE);
		check_in_steps(scratch_path("tar"), &random);
		write_archive("tar", methods[i % METHODS]);
		check_in_steps(scratch_path("tar"), &random);
	}
}

static void put_plain(struct bytes *image, uint32_t id, const char *payload)
{
	struct bytes message = {0};

	put_number(&message, 1, id);
	put_number(&message, 2, strlen(payload));
	put_record(image, &message, payload, strlen(payload));
	bytes_release(&message);
}

/* Each task has its files, so thousands of tasks are not read in one step. */
static void the_tasks_of_a_dump_are_read_in_several_steps(void **state)
{
	enum { TASKS = 200, SOME = 20 };
	struct bytes pstree = {0}, pipes = {0};
	struct pimg_image *image;
	int steps = 0;

	(void)state;
	put_fixed(&pstree, MAGIC_COMMON, 4);
	put_fixed(&pstree, MAGIC_PSTREE, 4);
	for (unsigned pid = 1; pid <= TASKS; pid++) {
		struct bytes message = {0};

		put_number(&message, 1, pid);
		put_record(&pstree, &message, NULL, 0);
		bytes_release(&message);
	}
	put_magic(&pipes, MAGIC_PIPES_DATA);
	put_plain(&pipes, 7, "one");
	mkdir(scratch_path("tasks"), 0700);
	scratch_write("tasks/pstree.img", pstree.data, pstree.length);
	scratch_write("tasks/pipes-data.img", pipes.data, pipes.length);
	image = open_growing(scratch_path("tasks"));
	while (pimg_image_grow(image, 1, NULL, NULL, NULL) > 0)
		steps++;
	assert_true(steps >= TASKS);
	pimg_image_close(image);
	/* Closed halfway. */
	image = open_growing(scratch_path("tasks"));
	for (int i = 0; i < SOME; i++)
		assert_int_equal(pimg_image_grow(image, 1, NULL, NULL, NULL), 1);
	assert_int_equal(pimg_image_queue_count(image), 1);
	pimg_image_close(image);
	bytes_release(&pstree);
	bytes_release(&pipes);
}

static void the_images_after_a_damaged_one_are_read(void **state)
{
	static const struct random_image fifos = {PIMG_FIFO, 1, 1, 4};
	uint64_t random = 1, done, total;
	struct pimg_image *image;
	int steps = 0;

	(void)state;
	mkdir(scratch_path("two"), 0700);
	scratch_write("two/pipes-data.img", "\x19\x43\x56\x54\x09\x37\x45\x56\xff\xff\xff\xff", 12);
	write_random("two/fifo-data.img", &fifos, &random);
	image = open_growing(scratch_path("two"));
	while (pimg_image_grow(image, 1, &done, &total, NULL) > 0)
		steps++;
	assert_true(steps > 0);
	assert_int_equal(pimg_image_queue_count(image), 1);
	assert_non_null(strstr(pimg_image_damage(image)->file, "pipes-data.img"));
	assert_true(done == total);
	pimg_image_close(image);
}

/* ---- individual cases ---- */

static void a_second_record_without_kind_turns_both_into_packets(void **state)
{
	struct pimg_image *image;
	struct bytes bytes = {0};

	(void)state;
	put_magic(&bytes, MAGIC_PIPES_DATA);
	put_plain(&bytes, 7, "one");
	put_plain(&bytes, 7, "two");
	scratch_write("image", bytes.data, bytes.length);
	bytes_release(&bytes);
	image = open_growing(scratch_path("image"));
	assert_int_equal(pimg_image_grow(image, 1, NULL, NULL, NULL), 1);
	assert_int_equal(pimg_image_chunk(image, 0, 0).kind, PIMG_STREAM);
	assert_int_equal(pimg_image_queue(image, 0)->mode, PIMG_MODE_STREAM);
	assert_int_equal(pimg_image_queue(image, 0)->layout, PIMG_LAYOUT_SPLICED);
	assert_int_equal(pimg_image_grow(image, 1, NULL, NULL, NULL), 1);
	assert_int_equal(pimg_image_chunk(image, 0, 0).kind, PIMG_PACKET);
	assert_int_equal(pimg_image_queue(image, 0)->mode, PIMG_MODE_PACKETS);
	assert_int_equal(pimg_image_queue(image, 0)->layout, PIMG_LAYOUT_PACKETS);
	assert_int_equal(pimg_image_queue(image, 0)->packets, 2);
	pimg_image_close(image);
}

/* What has been written so far can be inspected before the rest arrives. */
static void an_image_grows_as_it_comes_through_a_pipe(void **state)
{
	struct bytes first = {0}, second = {0};
	struct pimg_queue *queue;
	struct pimg_image *image;
	uint64_t done, total;
	char path[32];
	int ends[2];

	(void)state;
	put_magic(&first, MAGIC_PIPES_DATA);
	put_plain(&first, 7, "one");
	put_plain(&second, 8, "two");
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	/* The first 512 bytes decide what it is, and whether it is compressed. */
	while (first.length < 512)
		put_plain(&first, 7, "");
	assert_int_equal(write(ends[1], first.data, first.length), first.length);
	image = open_growing(path);
	assert_false(pimg_image_can_be_reopened(image));
	assert_int_equal(pimg_image_grow(image, 100, &done, &total, NULL), 1);
	assert_int_equal(total, 0);
	assert_int_equal(pimg_image_queue_count(image), 1);
	queue = pimg_image_load(image, 0, NULL);
	assert_memory_equal(pimg_queue_data(queue), "one", 3);
	pimg_queue_free(queue);
	assert_int_equal(write(ends[1], second.data, second.length), second.length);
	close(ends[1]);
	assert_int_equal(pimg_image_grow(image, UINT64_MAX, NULL, NULL, NULL), 0);
	assert_int_equal(pimg_image_queue_count(image), 2);
	queue = pimg_image_load(image, 1, NULL);
	assert_memory_equal(pimg_queue_data(queue), "two", 3);
	pimg_queue_free(queue);
	pimg_image_close(image);
	close(ends[0]);
	bytes_release(&first);
	bytes_release(&second);
}

/* Until it has to wait for more, or is complete. */
static int grow_what_is_there(struct pimg_image *image)
{
	int waits_for, result;

	do {
		struct pimg_error error;

		result = pimg_image_grow_available(image, 100000, NULL, NULL, &waits_for, &error);
		if (result < 0)
			fail_msg("%s", error.sentence);
	} while (result > 0 && waits_for < 0);
	if (result > 0) {
		struct pollfd input = {.fd = waits_for, .events = POLLIN};

		assert_int_equal(poll(&input, 1, 0), 0);
	}
	return result;
}

/* The image has everything that a file of the bytes so far has, without waiting. */
static void assert_as_cut(struct pimg_image *growing, const struct bytes *bytes, size_t length)
{
	struct pimg_image *cut;

	scratch_write("cut", bytes->data, length);
	cut = pimg_image_open(scratch_path("cut"), NULL, NULL);
	assert_non_null(cut);
	assert_int_equal(pimg_image_queue_count(growing), pimg_image_queue_count(cut));
	for (size_t i = 0; i < pimg_image_queue_count(cut); i++)
		assert_same_info(growing, cut, i);
	pimg_image_close(cut);
}

/* Except for the file name in the damage. */
static void assert_same_content(struct pimg_image *growing, struct pimg_image *whole)
{
	assert_true(!pimg_image_damage(growing) == !pimg_image_damage(whole));
	assert_int_equal(pimg_image_queue_count(growing), pimg_image_queue_count(whole));
	for (size_t i = 0; i < pimg_image_queue_count(whole); i++) {
		assert_same_info(growing, whole, i);
		for (size_t j = 0; j < pimg_image_queue(whole, i)->chunks; j++)
			assert_same_payload(growing, whole, i, j, 0,
					    pimg_image_chunk(whole, i, j).length);
	}
}

/* Through a pipe, in pieces of any size. */
static void feed(const struct bytes *bytes, uint64_t *random)
{
	struct pimg_image *growing, *whole;
	size_t at = bytes->length < 512 ? bytes->length : 512;
	int ends[2];
	char path[64];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], bytes->data, at), at);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	if (at == bytes->length)
		close(ends[1]);
	growing = open_growing(path);
	while (at < bytes->length) {
		size_t length = 1 + next_random(random) % 50;

		assert_int_equal(grow_what_is_there(growing), 1);
		assert_as_cut(growing, bytes, at);
		if (length > bytes->length - at)
			length = bytes->length - at;
		assert_int_equal(write(ends[1], bytes->data + at, length), length);
		at += length;
	}
	close(ends[1]);
	close(ends[0]);
	assert_int_equal(grow_what_is_there(growing), 0);
	scratch_write("whole", bytes->data, bytes->length);
	whole = pimg_image_open(scratch_path("whole"), NULL, NULL);
	assert_non_null(whole);
	assert_same_content(growing, whole);
	pimg_image_close(whole);
	pimg_image_close(growing);
}

static void check_fed(uint64_t *random)
{
	struct bytes bytes = read_file("image");

	feed(&bytes, random);
	bytes_release(&bytes);
}

static void an_image_grows_by_the_available_data_and_does_not_block(void **state)
{
	(void)state;
	for_random_images(from_environment("PIPEIMG_IMAGES", 400) / 16, check_fed);
}

/* Returns the read end of a pipe to which a process writes in pieces, blocking when it is full. */
static int start_feeding(const struct bytes *bytes, uint64_t *random)
{
	uint64_t rest = next_random(random) * 2 + 1;
	size_t length;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (fork()) {
		close(ends[1]);
		return ends[0];
	}
	close(ends[0]);
	for (size_t at = 0; at < bytes->length; at += length) {
		length = 1 + next_random(&rest) % 20000;
		if (length > bytes->length - at)
			length = bytes->length - at;
		if (write(ends[1], bytes->data + at, length) != (ssize_t)length)
			_exit(1);
		sched_yield();
	}
	_exit(0);
}

static void grow_by_what_comes(struct pimg_image *image)
{
	int waits_for, status;

	while (pimg_image_grow_available(image, 100000, NULL, NULL, &waits_for, NULL) > 0) {
		struct pollfd input = {.fd = waits_for, .events = POLLIN};

		if (waits_for >= 0)
			assert_int_equal(poll(&input, 1, -1), 1);
	}
	wait(&status);
	assert_int_equal(status, 0);
}

static void compressed_images_grow_by_the_available_data(void **state)
{
	static const struct random_image image = {PIMG_PIPE, 8, 60, 30000};
	uint64_t random = start_random(1) * 2 + 1;
	struct pimg_image *growing, *whole;
	struct bytes bytes, packed;
	char path[64];
	int fd;

	(void)state;
	write_random("image", &image, &random);
	bytes = read_file("image");
	whole = pimg_image_open(scratch_path("image"), NULL, NULL);
	for (size_t i = 0; i < METHODS; i++) {
		write_compressed("packed", &bytes, methods[i]);
		packed = read_file("packed");
		fd = start_feeding(&packed, &random);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		growing = open_growing(path);
		grow_by_what_comes(growing);
		assert_same_content(growing, whole);
		pimg_image_close(growing);
		close(fd);
		bytes_release(&packed);
	}
	pimg_image_close(whole);
	bytes_release(&bytes);
}

/* Data that a codec holds back is available before more input: records after a payload of 1 MB. */
static void decompressed_data_is_available_before_more_input_arrives(void **state)
{
	enum { LENGTH = 1000000 };
	struct bytes image = {0}, message = {0}, packed;
	char *payload = calloc(1, LENGTH);
	struct pimg_image *growing;
	int ends[2];
	char path[64];

	(void)state;
	put_magic(&image, MAGIC_PIPES_DATA);
	put_number(&message, 1, 7);
	put_number(&message, 2, LENGTH);
	put_record(&image, &message, payload, LENGTH);
	for (int i = 0; i < 1000; i++)
		put_plain(&image, 8, "end");
	write_compressed("packed", &image, COMPRESSION_GZIP);
	packed = read_file("packed");
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	/* Everything except the checksum at its end. */
	assert_int_equal(write(ends[1], packed.data, packed.length - 8), packed.length - 8);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	growing = open_growing(path);
	assert_int_equal(grow_what_is_there(growing), 1);
	assert_int_equal(pimg_image_queue_count(growing), 2);
	assert_int_equal(pimg_image_queue(growing, 1)->chunks, 1000);
	pimg_image_close(growing);
	close(ends[0]);
	close(ends[1]);
	free(payload);
	bytes_release(&packed);
	bytes_release(&image);
	bytes_release(&message);
}

static int give_up(void *context, uint64_t done, uint64_t total)
{
	int *left = context;

	(void)done;
	(void)total;
	return !--*left;
}

static void opening_a_silent_input_can_be_stopped(void **state)
{
	int ends[2], left = 3;
	struct pimg_error error;
	char path[64];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "\x19\x43", 2), 2);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	assert_null(pimg_image_open(
		path,
		&(struct pimg_open_options){.flags = PIMG_OPEN_GROWING,
					    .progress = &(struct pimg_progress){give_up, &left}},
		&error));
	assert_int_equal(error.errno_value, EINTR);
	assert_int_equal(left, 0);
	close(ends[0]);
	close(ends[1]);
}

/* A record of a compressed file whose payload takes many steps to skip. */
static void a_long_payload_is_skipped_in_steps(void **state)
{
	enum { LENGTH = 1000000, STEP = 10000 };
	struct bytes image = {0}, message = {0};
	char *payload = calloc(1, LENGTH);
	struct pimg_image *growing;
	int steps = 0;

	(void)state;
	put_magic(&image, MAGIC_PIPES_DATA);
	put_number(&message, 1, 7);
	put_number(&message, 2, LENGTH);
	put_record(&image, &message, payload, LENGTH);
	write_compressed("packed", &image, COMPRESSION_GZIP);
	growing = open_growing(scratch_path("packed"));
	while (pimg_image_grow(growing, STEP, NULL, NULL, NULL) > 0)
		steps++;
	assert_in_range(steps, LENGTH / STEP, LENGTH / STEP + 1);
	assert_int_equal(pimg_image_queue(growing, 0)->bytes, LENGTH);
	pimg_image_close(growing);
	free(payload);
	bytes_release(&image);
	bytes_release(&message);
}

/* ---- failure ---- */

static void input_that_is_not_an_image_is_refused_at_open(void **state)
{
	struct pimg_error error;

	(void)state;
	scratch_write("foreign", "#!/bin/sh\n", 10);
	assert_null(pimg_image_open(scratch_path("foreign"),
				    &(struct pimg_open_options){.flags = PIMG_OPEN_GROWING},
				    &error));
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_null(pimg_image_open(scratch_path("missing"),
				    &(struct pimg_open_options){.flags = PIMG_OPEN_GROWING},
				    &error));
	assert_int_equal(error.status, PIMG_SYSTEM);
}

static void a_growing_image_is_not_compared(void **state)
{
	static const struct random_image what = {PIMG_PIPE, 4, 20, 10};
	struct pimg_image *growing, *whole;
	struct pimg_error error;
	uint64_t random = 1;

	(void)state;
	write_random("image", &what, &random);
	growing = open_growing(scratch_path("image"));
	whole = pimg_image_open(scratch_path("image"), NULL, NULL);
	assert_int_equal(pimg_diff(growing, whole, NULL, NULL, NULL, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(pimg_diff(whole, growing, NULL, NULL, NULL, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	pimg_image_close(growing);
	pimg_image_close(whole);
}

static int stop_once(void *context, uint64_t done, uint64_t total)
{
	bool *stop = context;
	bool stopped = *stop;

	(void)done;
	(void)total;
	*stop = false;
	return stopped;
}

static void growing_that_was_stopped_stays_stopped(void **state)
{
	static const struct random_image what = {PIMG_PIPE, 4, 4, 10};
	struct pimg_error error = {0};
	struct pimg_image *image;
	uint64_t random = 1;
	bool stop = false;

	(void)state;
	write_random("image", &what, &random);
	image = pimg_image_open(
		scratch_path("image"),
		&(struct pimg_open_options){.flags = PIMG_OPEN_GROWING,
					    .progress = &(struct pimg_progress){stop_once, &stop}},
		NULL);
	stop = true;
	assert_int_equal(pimg_image_grow(image, UINT64_MAX, NULL, NULL, &error), -1);
	assert_int_equal(error.errno_value, EINTR);
	error.errno_value = 0;
	assert_int_equal(pimg_image_grow(image, UINT64_MAX, NULL, NULL, &error), -1);
	assert_int_equal(error.errno_value, EINTR);
	assert_int_equal(pimg_image_queue_count(image), 1);
	assert_null(pimg_image_damage(image));
	pimg_image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(criu_directories_grow_to_their_full_content),
		cmocka_unit_test(criu_image_files_grow_to_their_full_content),
		cmocka_unit_test(a_podman_archive_grows_to_its_full_content),
		cmocka_unit_test(random_images_grow_to_their_full_content),
		cmocka_unit_test(each_step_has_the_content_of_the_file_up_to_there),
		cmocka_unit_test(a_damaged_image_grows_up_to_its_damage),
		cmocka_unit_test(compressed_images_grow_to_their_full_content),
		cmocka_unit_test(a_damaged_compressed_image_grows_up_to_its_damage),
		cmocka_unit_test(large_images_grow_to_their_full_content),
		cmocka_unit_test(directories_and_archives_grow_to_their_full_content),
		cmocka_unit_test(the_tasks_of_a_dump_are_read_in_several_steps),
		cmocka_unit_test(the_images_after_a_damaged_one_are_read),
		cmocka_unit_test(a_second_record_without_kind_turns_both_into_packets),
		cmocka_unit_test(an_image_grows_as_it_comes_through_a_pipe),
		cmocka_unit_test(an_image_grows_by_the_available_data_and_does_not_block),
		cmocka_unit_test(compressed_images_grow_by_the_available_data),
		cmocka_unit_test(decompressed_data_is_available_before_more_input_arrives),
		cmocka_unit_test(opening_a_silent_input_can_be_stopped),
		cmocka_unit_test(a_long_payload_is_skipped_in_steps),
		cmocka_unit_test(input_that_is_not_an_image_is_refused_at_open),
		cmocka_unit_test(a_growing_image_is_not_compared),
		cmocka_unit_test(growing_that_was_stopped_stays_stopped),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
