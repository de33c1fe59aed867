// SPDX-License-Identifier: GPL-2.0-or-later
/* Files crafted to exhaust their reader: how little of what they claim is trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/error.h"
#include "format/queue-index.h"
#include "io/compression/compressor.h"
#include "io/compression/decompress.h"
#include "io/compression/seek-table.h"
#include "io/compression/seekable.h"
#include "io/sink/sink.h"
#include "io/source/open.h"
#include "io/source/spool-source.h"
#include "scratch.h"

#define MIB (UINT64_C(1) << 20)

static struct source *open_plain(const char *name, struct pimg_error *error)
{
	return source_plain(source_open(scratch_path(name), error), error);
}

/* ---- an index of queues ---- */

/* Writes 24 bytes and an index with these entries, and reads the index back. */
static int read_again(const struct queue_index_row *list, size_t count, struct queue_index *found)
{
	const struct queue_index places = {.list = (struct queue_index_row *)list, .count = count};
	struct sink *sink = sink_open(scratch_path("places"), true, NULL);
	struct source *source;
	int result;

	assert_int_equal(sink_compress(sink, COMPRESSION_ZSTD_SEEKABLE, 0, NULL), 0);
	assert_int_equal(sink_write(sink, "twenty-four bytes of it.", 24, NULL), 0);
	assert_int_equal(queue_index_write(&places, sink, NULL), 0);
	assert_int_equal(sink_commit(sink, NULL), 0);
	source = open_plain("places", NULL);
	assert_non_null(source);
	*found = (struct queue_index){0};
	result = queue_index_read(found, source, NULL);
	source_close(source);
	return result;
}

static void assert_damaged(const struct queue_index_row *list, size_t count)
{
	struct queue_index found;

	assert_int_equal(read_again(list, count, &found), 0);
	assert_true(found.damaged);
	queue_index_release(&found);
}

static void index_entries_in_image_order_are_accepted(void **state)
{
	static const struct queue_index_row places[] = {{7, 0, 8}, {8, 8, 8}, {7, 20, 4}};
	struct queue_index found;

	(void)state;
	assert_int_equal(read_again(places, 3, &found), 1);
	assert_int_equal(found.count, 3);
	assert_int_equal(found.list[2].offset, 20);
	queue_index_release(&found);
}

static void index_entries_that_repeat_or_overlap_are_rejected(void **state)
{
	static const struct queue_index_row same[] = {{7, 0, 8}, {7, 0, 8}};
	static const struct queue_index_row overlapping[] = {{7, 0, 8}, {8, 7, 8}};
	static const struct queue_index_row backwards[] = {{7, 8, 8}, {8, 0, 8}};

	(void)state;
	assert_damaged(same, 2);
	assert_damaged(overlapping, 2);
	assert_damaged(backwards, 2);
}

static void an_index_entry_that_ends_before_it_begins_is_rejected(void **state)
{
	static const struct queue_index_row wrapping[] = {{7, 8, UINT64_MAX - 7}, {7, 0, 8}};

	(void)state;
	assert_damaged(wrapping, 1);
	assert_damaged(wrapping, 2);
}

/* ---- kept input ---- */

static void at_most_a_terabyte_is_kept(void **state)
{
	struct spool *spool = spool_new(NULL);
	struct pimg_error error = {0};

	(void)state;
	assert_int_equal(spool_add_hole(spool, MIB * MIB, NULL), 0);
	assert_int_equal(spool_add_hole(spool, 1, &error), -1);
	assert_int_equal(error_check_of(&error), CHECK_BOMB);
	assert_int_equal(spool_add_hole(spool, UINT64_MAX, &error), -1);
	assert_int_equal(spool_write(spool, "x", 1, UINT64_MAX, &error), -1);
	assert_int_equal(spool_length(spool), MIB * MIB);
	spool_free(spool);
}

/* Reads everything except the first byte by skipping the hole. */
static void assert_zeros_are_passed(struct source *source, uint64_t length)
{
	const uint8_t *data;
	uint64_t count;

	assert_true(source_peek(source, 1, &data, NULL) > 0);
	source_consume(source, 1);
	assert_int_equal(source_only_zeros_left(source, &count, NULL, NULL), 1);
	assert_int_equal(count, length - 1);
	source_close(source);
}

static void a_kept_hole_of_a_terabyte_is_skipped_immediately(void **state)
{
	struct spool *spool = spool_new(NULL);
	struct source *whole = spool_source(spool, "kept", NULL);

	(void)state;
	assert_int_equal(spool_write(spool, "xyz", 3, UINT64_MAX, NULL), 0);
	assert_int_equal(spool_add_hole(spool, MIB * MIB - 6, NULL), 0);
	assert_zeros_are_passed(source_part(whole, 2, MIB * MIB - 5, "to the end", NULL),
				MIB * MIB - 5);
	assert_zeros_are_passed(source_part(whole, 2, MIB * MIB / 2, "half", NULL), MIB * MIB / 2);
	assert_int_equal(spool_write(spool, "xyz", 3, UINT64_MAX, NULL), 0);
	/* Only up to the data after the hole. */
	assert_zeros_are_passed(source_part(whole, 2, MIB * MIB - 5, "to the data", NULL),
				MIB * MIB - 5);
	source_close(whole);
	spool_free(spool);
}

static void a_file_that_is_only_a_hole_reads_as_zeros(void **state)
{
	struct spool *spool = spool_new(NULL);
	struct source *whole = spool_source(spool, "kept", NULL);
	uint8_t byte = 1;

	(void)state;
	assert_int_equal(spool_add_hole(spool, MIB, NULL), 0);
	assert_int_equal(source_read_at(whole, MIB - 1, &byte, 1, NULL), 0);
	assert_int_equal(byte, 0);
	assert_zeros_are_passed(source_part(whole, 0, MIB, "a hole", NULL), MIB);
	source_close(whole);
	spool_free(spool);
}

/* ---- a few bytes that expand to very many ---- */

struct bytes {
	uint8_t *data;
	size_t length;
};

static int take(void *context, const void *data, size_t length, struct pimg_error *error)
{
	struct bytes *bytes = context;

	(void)error;
	bytes->data = realloc(bytes->data, bytes->length + length);
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
	return 0;
}

/* That many mebibytes of one byte. */
static struct bytes run_of(uint8_t byte, int mebibytes)
{
	struct bytes bytes = {0};
	struct compressor *compressor = compressor_open(COMPRESSION_ZSTD, 1, take, &bytes, NULL);
	uint8_t *mebibyte = malloc(MIB);

	memset(mebibyte, byte, MIB);
	for (int i = 0; i < mebibytes; i++)
		assert_int_equal(compressor_write(compressor, mebibyte, MIB, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	free(mebibyte);
	return bytes;
}

static void write_twice_compressed(const char *name, struct bytes once)
{
	struct bytes twice = {0};
	struct compressor *compressor = compressor_open(COMPRESSION_ZSTD, 1, take, &twice, NULL);

	assert_int_equal(compressor_write(compressor, once.data, once.length, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	scratch_write(name, twice.data, twice.length);
	free(once.data);
	free(twice.data);
}

/* The 30 kB of the middle layer are a thousandth of the data; the file is far smaller. */
static void with_two_layers_consumed_input_is_that_of_the_file_below(void **state)
{
	struct pimg_error error = {0};
	struct source *source;

	(void)state;
	write_twice_compressed("layers", run_of('a', 600));
	source = open_plain("layers", NULL);
	assert_int_equal(source_keep(source, NULL), 0);
	assert_int_equal(source_skip(source, 600 * MIB, &error), -1);
	assert_int_equal(error_check_of(&error), CHECK_BOMB);
	assert_true(source_consumed(source) < 4096);
	source_close(source);
}

static void skipped_input_does_not_expand_without_limit(void **state)
{
	struct pimg_error error = {0};
	struct source *source;

	(void)state;
	write_twice_compressed("layers", run_of(0, 5000));
	source = open_plain("layers", NULL);
	assert_int_equal(source_skip(source, 5000 * MIB, &error), -1);
	assert_int_equal(error_check_of(&error), CHECK_BOMB);
	source_close(source);
}

/* ---- zeros after compressed data ---- */

static int64_t read_padded(uint64_t padding, struct pimg_error *error)
{
	struct bytes bytes = run_of('a', 1);
	struct source *source;
	int64_t passed;

	scratch_write("padded", bytes.data, bytes.length);
	assert_int_equal(truncate(scratch_path("padded"), (off_t)(bytes.length + padding)), 0);
	free(bytes.data);
	source = open_plain("padded", NULL);
	passed = source_skip(source, 2 * MIB, error);
	source_close(source);
	return passed;
}

static void zeros_after_compressed_data_are_padding_up_to_a_limit(void **state)
{
	struct pimg_error error = {0};

	(void)state;
	assert_int_equal(read_padded(10240, NULL), MIB);
	assert_int_equal(read_padded(10 * MIB, NULL), MIB);
	assert_int_equal(read_padded(MIB * MIB, &error), -1);
	assert_int_equal(error_check_of(&error), CHECK_ZEROS_AT_END);
}

/* ---- seek tables ---- */

/* A frame of that many mebibytes, with a seek table for it. */
static struct bytes framed(int mebibytes)
{
	struct bytes bytes = run_of('a', mebibytes);
	struct seek_table table = {0};

	assert_int_equal(seek_table_add(&table, (uint32_t)bytes.length, (uint32_t)(mebibytes * MIB),
					0, NULL),
			 0);
	assert_int_equal(seek_table_finish(&table, NULL), 0);
	take(&bytes, table.bytes, table.length, NULL);
	seek_table_free(&table);
	return bytes;
}

/* Each seek would decompress the frame from its start. */
static void a_seek_table_with_long_frames_is_not_used(void **state)
{
	struct bytes bytes = framed(17);
	struct pimg_error problem = {0};
	struct source *source;

	(void)state;
	scratch_write("long", bytes.data, bytes.length);
	free(bytes.data);
	source = source_open(scratch_path("long"), NULL);
	assert_int_equal(compression_of(source), COMPRESSION_ZSTD);
	assert_false(seekable_has_table(source, &problem));
	assert_int_equal(error_check_of(&problem), 0);
	source = source_plain(source, NULL);
	assert_false(source_can_seek(source));
	assert_null(source_problem(source));
	assert_int_equal(source_skip(source, 20 * MIB, NULL), 17 * MIB);
	source_close(source);
}

static void a_truncated_seek_table_is_reported(void **state)
{
	struct bytes bytes = framed(1);

	(void)state;
	for (size_t bit = 0; bit < 8 * SEEK_TABLE_FOOTER_BYTES; bit++) {
		uint8_t *at = bytes.data + bytes.length - SEEK_TABLE_FOOTER_BYTES + bit / 8;
		struct source *source;

		*at ^= (uint8_t)(1 << bit % 8);
		scratch_write("flipped", bytes.data, bytes.length);
		*at ^= (uint8_t)(1 << bit % 8);
		/* Two bits of the descriptor have no meaning. */
		if (bit / 8 == 4 && bit % 8 < 2)
			continue;
		source = open_plain("flipped", NULL);
		assert_non_null(source_problem(source));
		assert_int_equal(error_check_of(source_problem(source)), CHECK_SEEK_TABLE);
		source_close(source);
	}
	free(bytes.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_entries_in_image_order_are_accepted),
		cmocka_unit_test(index_entries_that_repeat_or_overlap_are_rejected),
		cmocka_unit_test(an_index_entry_that_ends_before_it_begins_is_rejected),
		cmocka_unit_test(at_most_a_terabyte_is_kept),
		cmocka_unit_test(a_kept_hole_of_a_terabyte_is_skipped_immediately),
		cmocka_unit_test(a_file_that_is_only_a_hole_reads_as_zeros),
		cmocka_unit_test(with_two_layers_consumed_input_is_that_of_the_file_below),
		cmocka_unit_test(skipped_input_does_not_expand_without_limit),
		cmocka_unit_test(zeros_after_compressed_data_are_padding_up_to_a_limit),
		cmocka_unit_test(a_seek_table_with_long_frames_is_not_used),
		cmocka_unit_test(a_truncated_seek_table_is_reported),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
