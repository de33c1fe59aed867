// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources of bytes: what is read does not depend on how the offset was reached. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/processors.h"
#include "child.h"
#include "io/source/open.h"
#include "io/source/source.h"
#include "scratch.h"

enum { WORDS = 1024 * 1024 };

/* A file in which each word contains its offset. */
static void write_words(const char *name)
{
	uint32_t *words = malloc(WORDS * sizeof(*words));

	for (uint32_t i = 0; i < WORDS; i++)
		words[i] = i;
	scratch_write(name, words, WORDS * sizeof(*words));
	free(words);
}

static uint32_t next_word(struct source *source)
{
	const uint8_t *data;
	uint32_t word;

	assert_true(source_peek(source, sizeof(word), &data, NULL) >= (ssize_t)sizeof(word));
	memcpy(&word, data, sizeof(word));
	return word;
}

static void assert_at_word(struct source *source, uint32_t word)
{
	assert_int_equal(source_offset(source), (uint64_t)word * 4);
	assert_int_equal(next_word(source), word);
}

static void seek_word(struct source *source, uint32_t word)
{
	assert_int_equal(source_seek(source, (uint64_t)word * 4, NULL), 0);
	assert_at_word(source, word);
}

static void skip_words(struct source *source, uint32_t count)
{
	assert_int_equal(source_skip(source, (uint64_t)count * 4, NULL), (int64_t)count * 4);
}

static void seeking_back_a_long_way_reads_the_right_bytes(void **state)
{
	struct source *source;

	(void)state;
	write_words("words");
	source = source_open(scratch_path("words"), NULL);
	assert_at_word(source, 0);
	skip_words(source, WORDS - 1000);
	seek_word(source, WORDS - 1250);
	seek_word(source, 1);
	skip_words(source, WORDS / 2);
	assert_at_word(source, WORDS / 2 + 1);
	seek_word(source, WORDS - 1);
	source_close(source);
}

static void seeking_back_from_the_end_works(void **state)
{
	struct source *source;
	const uint8_t *data;

	(void)state;
	write_words("words");
	source = source_open(scratch_path("words"), NULL);
	skip_words(source, WORDS);
	assert_int_equal(source_peek(source, 1, &data, NULL), 0);
	seek_word(source, WORDS - 5);
	seek_word(source, 0);
	source_close(source);
}

/* A child writes the words into a pipe, which can be read only once. */
static struct source *source_of_pipe(bool keep)
{
	struct source *source;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (fork_child() == 0) {
		for (uint32_t i = 0; i < WORDS; i++) {
			if (write(ends[1], &i, sizeof(i)) != (ssize_t)sizeof(i))
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	source = source_from_fd(ends[0], "pipe", NULL);
	close(ends[0]);
	if (keep)
		assert_int_equal(source_keep(source, NULL), 0);
	return source;
}

static void kept_input_from_a_pipe_can_be_read_again(void **state)
{
	struct source *source = source_of_pipe(true);
	const uint8_t *data;

	(void)state;
	assert_at_word(source, 0);
	skip_words(source, WORDS);
	assert_int_equal(source_peek(source, 1, &data, NULL), 0);
	seek_word(source, 7);
	seek_word(source, WORDS - 7);
	seek_word(source, 0);
	source_close(source);
}

static void input_from_a_pipe_that_was_not_kept_is_gone(void **state)
{
	struct source *source = source_of_pipe(false);
	struct pimg_error error;
	const uint8_t *data;

	(void)state;
	skip_words(source, WORDS);
	assert_int_equal(source_peek(source, 1, &data, NULL), 0);
	assert_int_equal(source_seek(source, 0, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	source_close(source);
}

/* From offset on, the file is a hole of a terabyte, followed by a byte if it is given. */
static struct source *sparse_source(uint64_t offset, const char *last)
{
	const uint64_t terabyte = UINT64_C(1) << 40;
	int fd = open(scratch_path("sparse"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct source *source;

	assert_int_equal(pwrite(fd, "x", 1, (off_t)offset - 1), 1);
	assert_int_equal(ftruncate(fd, (off_t)(offset + terabyte)), 0);
	if (last)
		assert_int_equal(pwrite(fd, last, 1, (off_t)(offset + terabyte)), 1);
	source = source_from_fd(fd, "sparse", NULL);
	close(fd);
	assert_int_equal(source_skip(source, offset, NULL), offset);
	return source;
}

/* ---- read ahead ---- */

enum { LARGE_WORDS = 12 * 1024 * 1024 };

static struct source *open_large(void)
{
	uint32_t *words = malloc(LARGE_WORDS * sizeof(*words));

	for (uint32_t i = 0; i < LARGE_WORDS; i++)
		words[i] = i;
	scratch_write("large", words, LARGE_WORDS * sizeof(*words));
	free(words);
	return source_open(scratch_path("large"), NULL);
}

/* Checks every word from the source's offset up to one word, by peeks of changing size. */
static void read_words(struct source *source, uint32_t from, uint32_t to, size_t peek)
{
	const uint8_t *data;

	while (from < to) {
		ssize_t there = source_peek(source, peek, &data, NULL);
		uint32_t count = (uint32_t)(there / 4);

		assert_true(there > 0);
		/* Not all, so that something is left for the next block. */
		if (count > 7)
			count -= 3;
		if (count > to - from)
			count = to - from;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t word;

			memcpy(&word, data + i * sizeof(word), sizeof(word));
			assert_int_equal(word, from + i);
		}
		source_consume(source, count * sizeof(uint32_t));
		from += count;
	}
}

/* With one processor, nothing is read ahead, but everything else is the same. */
static void assert_reads_ahead(const struct source *source)
{
	assert_true(source->reader || processors() == 1);
}

static void a_large_file_is_read_ahead_without_a_change(void **state)
{
	struct source *source = open_large();
	const uint8_t *data;

	(void)state;
	/* The third is longer than what can be kept from one block to the next. */
	read_words(source, 0, LARGE_WORDS / 4, 100);
	assert_reads_ahead(source);
	read_words(source, LARGE_WORDS / 4, LARGE_WORDS / 2, 60000);
	read_words(source, LARGE_WORDS / 2, LARGE_WORDS / 2 + 500000, 300000);
	read_words(source, LARGE_WORDS / 2 + 500000, LARGE_WORDS, 4);
	assert_int_equal(source_peek(source, 1, &data, NULL), 0);
	source_close(source);
}

static void seeking_and_skipping_continue_after_reading_ahead(void **state)
{
	struct source *source = open_large();

	(void)state;
	read_words(source, 0, LARGE_WORDS / 4, 100);
	assert_reads_ahead(source);
	skip_words(source, LARGE_WORDS / 4);
	assert_at_word(source, LARGE_WORDS / 2);
	seek_word(source, 17);
	read_words(source, 17, LARGE_WORDS / 2, 100);
	assert_reads_ahead(source);
	seek_word(source, LARGE_WORDS - 5);
	read_words(source, LARGE_WORDS - 5, LARGE_WORDS, 4);
	source_close(source);
}

/* The part of the window in front of a block is only as long as what was left. */
static void seeking_back_a_little_over_a_block_reads_the_right_bytes(void **state)
{
	static const uint32_t distances[] = {1, 1000, 16383, 16384, 16385, 100000};
	struct source *source = open_large();
	uint32_t at = LARGE_WORDS / 4;

	(void)state;
	read_words(source, 0, at, 100);
	assert_reads_ahead(source);
	for (size_t i = 0; i < sizeof(distances) / sizeof(*distances); i++) {
		uint32_t end = (uint32_t)(source->read_bytes / 4);

		/* The first words of the next block, then back before it. */
		read_words(source, at, end + 10, i % 2 ? 4 : 40000);
		seek_word(source, end + 10 - distances[i]);
		read_words(source, end + 10 - distances[i], end + 10 + WORDS / 2, 100);
		at = end + 10 + WORDS / 2;
	}
	source_close(source);
}

static void a_file_that_shrinks_while_it_is_read_ahead_ends_early(void **state)
{
	struct source *source = open_large();
	const uint8_t *data;
	ssize_t there;

	(void)state;
	read_words(source, 0, LARGE_WORDS / 4, 100);
	assert_reads_ahead(source);
	assert_int_equal(truncate(scratch_path("large"), LARGE_WORDS * 2), 0);
	while ((there = source_peek(source, 1, &data, NULL)) > 0)
		source_consume(source, (size_t)there);
	assert_int_equal(there, 0);
	assert_true(source_offset(source) >= LARGE_WORDS * 2);
	assert_true(source_offset(source) < LARGE_WORDS * 4);
	source_close(source);
}

static void a_terabyte_of_zeros_is_skipped_immediately(void **state)
{
	struct source *source = sparse_source(10, NULL);
	uint64_t count;

	(void)state;
	assert_int_equal(source_only_zeros_left(source, &count, NULL, NULL), 1);
	assert_int_equal(count, UINT64_C(1) << 40);
	source_close(source);
}

static void a_byte_after_a_terabyte_of_zeros_is_found(void **state)
{
	struct source *source = sparse_source(10, "y");
	uint64_t count;

	(void)state;
	assert_int_equal(source_only_zeros_left(source, &count, NULL, NULL), 0);
	source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeking_back_a_long_way_reads_the_right_bytes),
		cmocka_unit_test(seeking_back_from_the_end_works),
		cmocka_unit_test(kept_input_from_a_pipe_can_be_read_again),
		cmocka_unit_test(input_from_a_pipe_that_was_not_kept_is_gone),
		cmocka_unit_test(a_large_file_is_read_ahead_without_a_change),
		cmocka_unit_test(seeking_and_skipping_continue_after_reading_ahead),
		cmocka_unit_test(seeking_back_a_little_over_a_block_reads_the_right_bytes),
		cmocka_unit_test(a_file_that_shrinks_while_it_is_read_ahead_ends_early),
		cmocka_unit_test(a_terabyte_of_zeros_is_skipped_immediately),
		cmocka_unit_test(a_byte_after_a_terabyte_of_zeros_is_found),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
