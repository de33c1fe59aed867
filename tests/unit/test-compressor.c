// SPDX-License-Identifier: GPL-2.0-or-later
/* Compressors, and the sources that read their output: completely, from any offset, and damaged. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <xxhash.h>

#include "base/error.h"
#include "child.h"
#include "io/compression/compressor.h"
#include "io/compression/decompress.h"
#include "io/compression/seekable.h"
#include "io/source/open.h"
#include "scratch.h"

#define MIB ((size_t)1024 * 1024)

struct method {
	const char *name;
	enum compression method;
	int level;	  /* fast enough for a test */
	int lowest, most; /* of the levels that are tested */
	const char *tool;
	size_t magic_bytes;
};

static struct method methods[] = {
	{"zstd", COMPRESSION_ZSTD, 3, 1, 19, "zstd", 4},
	{"seekable zstd", COMPRESSION_ZSTD_SEEKABLE, 3, 1, 19, "zstd", 4},
	{"gzip", COMPRESSION_GZIP, 1, 1, 9, "gzip", 3},
	{"xz", COMPRESSION_XZ, 1, 1, 9, "xz", 6},
	{"bzip2", COMPRESSION_BZIP2, 1, 1, 9, "bzip2", 4},
	{"lz4", COMPRESSION_LZ4, 1, 1, 9, "lz4", 4},
};

enum { METHODS = sizeof(methods) / sizeof(*methods) };

/* ---- bytes ---- */

struct bytes {
	uint8_t *data;
	size_t length, capacity;
	unsigned calls, failing_call; /* of take(); 0 if none fails */
};

static void release(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}

static int take(void *context, const void *data, size_t length, struct pimg_error *error)
{
	struct bytes *bytes = context;

	if (++bytes->calls == bytes->failing_call)
		return error_refused(error, EXDEV, "call %u fails", bytes->calls);
	if (bytes->capacity - bytes->length < length) {
		bytes->capacity = (bytes->length + length) * 2;
		bytes->data = realloc(bytes->data, bytes->capacity);
		if (!bytes->data)
			abort();
	}
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
	return 0;
}

static struct bytes bytes_new(size_t length)
{
	struct bytes bytes = {.data = calloc(1, length + 1), .length = length, .capacity = length};

	if (!bytes.data)
		abort();
	return bytes;
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(*state >> 32);
}

static struct bytes noise(size_t length)
{
	struct bytes bytes = bytes_new(length);
	uint64_t state = length;

	for (size_t i = 0; i < length; i++)
		bytes.data[i] = (uint8_t)next_random(&state);
	return bytes;
}

/* Lines that differ in a number and in some letters of a small set. */
static struct bytes lines(size_t length)
{
	struct bytes bytes = bytes_new(length);
	uint64_t state = 1;

	for (size_t i = 0, line = 0; i < length; line++) {
		char text[64];
		int count = snprintf(text, sizeof(text), "packet %zu has %08x in it\n", line,
				     next_random(&state) & 0x00f00f00);

		for (int j = 0; j < count && i < length; j++)
			bytes.data[i++] = (uint8_t)text[j];
	}
	return bytes;
}

/* Each part of a frame's length has different content. */
static struct bytes mixture(size_t length)
{
	struct bytes bytes = lines(length), other = noise(length);

	for (size_t i = 0; i < length; i++) {
		if (i / (300 * 1024) % 2)
			bytes.data[i] = other.data[i];
	}
	release(&other);
	return bytes;
}

/* ---- compressing ---- */

static struct compressor *open_compressor(enum compression method, int level, struct bytes *output)
{
	struct pimg_error error;
	struct compressor *compressor = compressor_open(method, level, take, output, &error);

	if (!compressor)
		fail_msg("%s", error.sentence);
	return compressor;
}

/* A record boundary before each record. */
static int write_records(struct compressor *compressor, const struct bytes *input, size_t record,
			 struct pimg_error *error)
{
	for (size_t at = 0; at < input->length; at += record) {
		size_t left = input->length - at;

		if (compressor_begin_record(compressor, error) < 0 ||
		    compressor_write(compressor, input->data + at, left < record ? left : record,
				     error) < 0)
			return -1;
	}
	return 0;
}

static struct bytes compressed_at_level(enum compression method, int level,
					const struct bytes *input)
{
	struct bytes output = {0};
	struct compressor *compressor = open_compressor(method, level, &output);

	assert_int_equal(write_records(compressor, input, 4096, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	return output;
}

static struct bytes compressed(const struct method *method, const struct bytes *input)
{
	return compressed_at_level(method->method, method->level, input);
}

/* ---- reading ---- */

static struct source *open_plain(const char *name, struct pimg_error *error)
{
	return source_plain(source_open(scratch_path(name), error), error);
}

/* A child writes the bytes into a pipe. */
static struct source *plain_of_pipe(const struct bytes *bytes, struct pimg_error *error)
{
	struct source *source;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (fork_child() == 0) {
		for (size_t at = 0; at < bytes->length;) {
			ssize_t written = write(ends[1], bytes->data + at, bytes->length - at);

			if (written < 0)
				_exit(1);
			at += (size_t)written;
		}
		_exit(0);
	}
	close(ends[1]);
	source = source_from_fd(ends[0], "pipe", NULL);
	close(ends[0]);
	return source_plain(source, error);
}

enum outcome { SAME, OTHER, FOUND };

/* Reads to the end even after a difference was found. */
static enum outcome read_through(struct source *source, const struct bytes *expected,
				 struct pimg_error *error)
{
	enum outcome outcome = SAME;
	size_t at = 0;

	for (;;) {
		const uint8_t *data;
		ssize_t there = source_peek(source, 1, &data, error);

		if (there < 0)
			return FOUND;
		if (!there)
			return at == expected->length ? outcome : OTHER;
		if ((size_t)there > expected->length - at ||
		    memcmp(expected->data + at, data, (size_t)there) != 0)
			outcome = OTHER;
		else
			at += (size_t)there;
		source_consume(source, (size_t)there);
	}
}

/* Closes the source. */
static void assert_reads(struct source *source, const struct bytes *expected, const char *what)
{
	struct pimg_error error = {0};

	assert_non_null(source);
	if (read_through(source, expected, &error) != SAME)
		fail_msg("%s, %zu bytes: differs from the input; %s", what, expected->length,
			 error.sentence);
	assert_null(source_problem(source));
	source_close(source);
}

/* ---- there and back ---- */

enum { INPUTS = 5 };

static struct bytes make_input(int which)
{
	switch (which) {
	case 0:
		return noise(0);
	case 1:
		return noise(1);
	case 2:
		return lines(MIB);
	case 3:
		return noise(5 * MIB);
	default:
		return lines(5 * MIB);
	}
}

static void compressed_data_can_be_read(void **state)
{
	const struct method *method = *state;

	for (int i = 0; i < INPUTS; i++) {
		struct bytes input = make_input(i), output = compressed(method, &input);
		struct source *source;

		scratch_write("compressed", output.data, output.length);
		source = open_plain("compressed", NULL);
		assert_non_null(source);
		assert_int_equal(source_can_seek(source),
				 method->method == COMPRESSION_ZSTD_SEEKABLE);
		assert_reads(source, &input, "file");
		assert_reads(plain_of_pipe(&output, NULL), &input, "pipe");
		release(&input);
		release(&output);
	}
}

static void the_first_bytes_identify_the_method(void **state)
{
	const struct method *method = *state;
	struct bytes input = lines(MIB), output = compressed(method, &input);
	struct source *source;

	scratch_write("compressed", output.data, output.length);
	source = source_open(scratch_path("compressed"), NULL);
	assert_int_equal(compression_of(source), method->method);
	source_close(source);
	release(&input);
	release(&output);
}

static bool PRINTF_LIKE(1, 2) succeeds(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return system(command) == 0;
}

static void the_tool_of_the_method_decompresses_the_output(void **state)
{
	const struct method *method = *state;

	if (!succeeds("command -v %s >/dev/null", method->tool)) {
		print_message("needs the program %s\n", method->tool);
		skip();
	}
	for (int i = 0; i < INPUTS; i++) {
		struct bytes input = make_input(i), output = compressed(method, &input);
		const char *plain = scratch_path("plain"), *packed = scratch_path("compressed");

		scratch_write("plain", input.data, input.length);
		scratch_write("compressed", output.data, output.length);
		assert_true(succeeds("%s -q -t <%s", method->tool, packed));
		assert_true(succeeds("%s -dc <%s | cmp -s - %s", method->tool, packed, plain));
		release(&input);
		release(&output);
	}
}

/* ---- levels ---- */

static void assert_no_level(const struct method *method, int level)
{
	struct bytes output = {0};
	struct pimg_error error = {0};

	assert_null(compressor_open(method->method, level, take, &output, &error));
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(output.length, 0);
}

static void an_invalid_level_is_refused(void **state)
{
	const struct method *method = *state;
	bool is_zstd = method->magic_bytes == 4 && method->most == 19;

	assert_no_level(method, is_zstd ? 23 : 10);
	assert_no_level(method, INT32_MAX);
	assert_no_level(method, INT32_MIN);
	/* zstd has negative levels. */
	if (!is_zstd)
		assert_no_level(method, -1);
}

static void the_lowest_and_the_highest_level_can_be_read(void **state)
{
	const struct method *method = *state;
	struct bytes input = mixture(3 * MIB / 2);

	for (int i = 0; i < 2; i++) {
		struct bytes output = compressed_at_level(
			method->method, i ? method->most : method->lowest, &input);

		assert_reads(plain_of_pipe(&output, NULL), &input, "level");
		release(&output);
	}
	release(&input);
}

/* ---- an output that fails ---- */

/* Returns true if no call failed. */
static bool all_calls_succeed(const struct method *method, const struct bytes *input,
			      unsigned failing_call)
{
	struct bytes output = {.failing_call = failing_call};
	struct pimg_error error = {0};
	struct compressor *compressor =
		compressor_open(method->method, method->level, take, &output, &error);
	bool succeeded = compressor && write_records(compressor, input, 30000, &error) == 0 &&
			 compressor_finish(compressor, &error) == 0;
	char sentence[64];

	compressor_free(compressor);
	if (succeeded) {
		assert_true(output.calls < failing_call);
	} else {
		snprintf(sentence, sizeof(sentence), "call %u fails", failing_call);
		assert_int_equal(error.status, PIMG_SYSTEM);
		assert_int_equal(error.errno_value, EXDEV);
		assert_non_null(strstr(error.sentence, sentence));
		/* Nothing is written after a gap. */
		assert_int_equal(output.calls, failing_call);
	}
	release(&output);
	return succeeded;
}

static void an_output_error_is_returned(void **state)
{
	const struct method *method = *state;
	/* Some frames of zstd, or some blocks of the others, which are slower. */
	struct bytes input =
		mixture(method->magic_bytes == 4 && method->most == 19 ? 5 * MIB : MIB);
	unsigned call = 1;

	while (!all_calls_succeed(method, &input, call))
		call++;
	assert_true(call > 2);
	release(&input);
}

static void unfinished_output_is_dropped(void **state)
{
	const struct method *method = *state;
	struct bytes input = mixture(5 * MIB), output = {0};
	struct compressor *compressor = open_compressor(method->method, method->level, &output);
	unsigned calls;

	assert_int_equal(write_records(compressor, &input, 4096, NULL), 0);
	calls = output.calls;
	compressor_free(compressor);
	assert_int_equal(output.calls, calls);
	release(&input);
	release(&output);
}

/* ---- damage is always detected ---- */

static bool is_finding(const struct method *method, const struct pimg_error *error)
{
	switch (error_check_of(error)) {
	case CHECK_COMPRESSION:
	case CHECK_COMPRESSION_CUT:
	case CHECK_WINDOW:
		return error->status == PIMG_BAD_DATA;
	case CHECK_SEEK_TABLE:
		return method->method == COMPRESSION_ZSTD_SEEKABLE;
	default:
		return false;
	}
}

/* The outcome of reading the file; damage must be reported by one of the suitable checks. */
static enum outcome read_damaged(const struct method *method, const char *name,
				 const struct bytes *input)
{
	struct pimg_error error = {0};
	struct source *source = open_plain(name, &error);
	enum outcome outcome = source ? read_through(source, input, &error) : FOUND;

	if (outcome != FOUND && source_problem(source)) {
		error = *source_problem(source);
		outcome = FOUND;
	}
	if (outcome == FOUND && !is_finding(method, &error))
		fail_msg("%s: reported by another check (%s): %s", method->name, error.check,
			 error.sentence);
	source_close(source);
	return outcome;
}

static void flip(int fd, size_t bit, const struct bytes *bytes)
{
	uint8_t flipped = bytes->data[bit / 8] ^ (uint8_t)(1 << bit % 8);

	assert_int_equal(pwrite(fd, &flipped, 1, (off_t)(bit / 8)), 1);
}

static void flip_back(int fd, size_t bit, const struct bytes *bytes)
{
	assert_int_equal(pwrite(fd, bytes->data + bit / 8, 1, (off_t)(bit / 8)), 1);
}

/*
 * Every bit at the start and the end, and some in between, except in the magic number: without it
 * the file is not recognised as compressed.
 */
static size_t next_bit(const struct method *method, const struct bytes *bytes, size_t bit,
		       size_t between)
{
	enum { EDGE_BITS = 64 * 8 };
	size_t bits = bytes->length * 8, step = (bits - 2 * EDGE_BITS) / between;

	if (bit < method->magic_bytes * 8)
		return method->magic_bytes * 8;
	if (bit < EDGE_BITS || bit >= bits - EDGE_BITS)
		return bit + 1;
	return bit + step + step % 2 + 1 < bits - EDGE_BITS ? bit + step + step % 2 + 1
							    : bits - EDGE_BITS;
}

static void a_flipped_bit_is_detected_or_has_no_effect(void **state)
{
	const struct method *method = *state;
	bool is_seekable = method->method == COMPRESSION_ZSTD_SEEKABLE;
	struct bytes input = mixture(is_seekable ? 5 * MIB / 4 : MIB / 16);
	struct bytes output = compressed(method, &input);
	size_t found = 0, tried = 0;
	int fd;

	scratch_write("damaged", output.data, output.length);
	fd = open(scratch_path("damaged"), O_WRONLY | O_CLOEXEC);
	for (size_t bit = next_bit(method, &output, 0, 1); bit < output.length * 8;
	     bit = next_bit(method, &output, bit, is_seekable ? 300 : 100)) {
		enum outcome outcome;

		flip(fd, bit, &output);
		outcome = read_damaged(method, "damaged", &input);
		if (outcome == OTHER)
			fail_msg("%s: bit %zu of byte %zu of %zu changes the content without an "
				 "error",
				 method->name, bit % 8, bit / 8, output.length);
		found += outcome == FOUND;
		tried++;
		flip_back(fd, bit, &output);
	}
	close(fd);
	assert_true(found > tried / 2);
	assert_int_equal(read_damaged(method, "damaged", &input), SAME);
	release(&input);
	release(&output);
}

/* Seekable zstd is complete before its seek table. */
static bool may_end_at(const struct method *method, const struct bytes *output, size_t length)
{
	size_t table = SKIPPABLE_HEADER_BYTES + SEEK_TABLE_ROW_BYTES + SEEK_TABLE_FOOTER_BYTES;

	return method->method == COMPRESSION_ZSTD_SEEKABLE && length == output->length - table;
}

static void a_cut_at_any_byte_is_detected(void **state)
{
	const struct method *method = *state;
	struct bytes input = mixture(3000), output = compressed(method, &input);

	for (size_t length = output.length - 1; length >= method->magic_bytes; length--) {
		enum outcome outcome;

		scratch_write("cut", output.data, length);
		outcome = read_damaged(method, "cut", &input);
		if (outcome != (may_end_at(method, &output, length) ? SAME : FOUND))
			fail_msg("%s: cut to %zu of %zu bytes: %s", method->name, length,
				 output.length,
				 outcome == SAME ? "reads as complete" : "not found");
	}
	release(&input);
	release(&output);
}

/* It could be the beginning of any file. */
static void a_file_cut_within_the_magic_number_is_read_as_plain(void **state)
{
	const struct method *method = *state;
	struct bytes input = lines(1000), output = compressed(method, &input);

	for (output.length = 0; output.length < method->magic_bytes; output.length++) {
		scratch_write("cut", output.data, output.length);
		assert_reads(open_plain("cut", NULL), &output, method->name);
	}
	release(&input);
	release(&output);
}

static void trailing_bytes_are_detected_unless_they_are_zeros(void **state)
{
	const struct method *method = *state;
	struct bytes input = lines(100000), output = compressed(method, &input);
	struct pimg_error error = {0};
	struct source *source;

	assert_int_equal(take(&output, "\0\0\0\0\0\0\0\0", 8, NULL), 0);
	scratch_write("longer", output.data, output.length);
	source = open_plain("longer", NULL);
	assert_int_equal(read_through(source, &input, &error), SAME);
	source_close(source);
	assert_int_equal(take(&output, "more", 4, NULL), 0);
	scratch_write("longer", output.data, output.length);
	assert_int_equal(read_damaged(method, "longer", &input), FOUND);
	release(&input);
	release(&output);
}

/* ---- frames found by the seek table ---- */

static uint32_t u32_at(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* The seek table parsed from its format, without the library. */
struct rows {
	const uint8_t *at;
	uint32_t count;
};

static struct rows rows_of(const struct bytes *file)
{
	const uint8_t *footer = file->data + file->length - 9;
	struct rows rows;
	size_t body;

	assert_true(file->length >= 17);
	assert_int_equal(u32_at(footer + 5), 0x8F92EAB1);
	assert_int_equal(footer[4], 0x80);
	rows.count = u32_at(footer);
	body = (size_t)rows.count * 12 + 9;
	assert_true(file->length >= body + 8);
	rows.at = footer - (size_t)rows.count * 12;
	assert_int_equal(u32_at(rows.at - 8), 0x184D2A5E);
	assert_int_equal(u32_at(rows.at - 4), body);
	return rows;
}

static uint32_t packed_bytes(const struct rows *rows, uint32_t row)
{
	return u32_at(rows->at + (size_t)row * 12);
}

static uint32_t content_bytes(const struct rows *rows, uint32_t row)
{
	return u32_at(rows->at + (size_t)row * 12 + 4);
}

static void assert_rows_tell(const struct bytes *file, const struct bytes *input)
{
	struct rows rows = rows_of(file);
	size_t packed = 0, content = 0;

	for (uint32_t i = 0; i < rows.count; i++) {
		uint32_t length = content_bytes(&rows, i);

		assert_int_equal(u32_at(file->data + packed), 0xFD2FB528);
		assert_true(length <= 4 * MIB);
		assert_true(content + length <= input->length);
		assert_int_equal(u32_at(rows.at + (size_t)i * 12 + 8),
				 (uint32_t)XXH64(input->data + content, length, 0));
		packed += packed_bytes(&rows, i);
		content += length;
	}
	assert_int_equal(content, input->length);
	assert_ptr_equal(file->data + packed, rows.at - 8);
}

static void seek_table_rows_give_sizes_and_checksum_of_each_frame(void **state)
{
	(void)state;
	for (int i = 0; i < INPUTS; i++) {
		struct bytes input = make_input(i), output = compressed(&methods[1], &input);

		assert_rows_tell(&output, &input);
		release(&input);
		release(&output);
	}
}

static void a_frame_ends_at_the_first_mark_after_1_mib_and_the_first_after_16_kib(void **state)
{
	enum { RECORD = 260 };
	const size_t first = (MIB / 64 + RECORD - 1) / RECORD * RECORD;
	const size_t frame = (MIB + RECORD - 1) / RECORD * RECORD;
	struct bytes input = lines(9 * MIB), output = {0};
	struct compressor *compressor = open_compressor(COMPRESSION_ZSTD_SEEKABLE, 0, &output);
	struct rows rows;

	(void)state;
	assert_int_equal(write_records(compressor, &input, RECORD, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	rows = rows_of(&output);
	assert_int_equal(rows.count, 1 + (input.length - first + frame - 1) / frame);
	assert_int_equal(content_bytes(&rows, 0), first);
	for (uint32_t i = 1; i + 1 < rows.count; i++)
		assert_int_equal(content_bytes(&rows, i), frame);
	release(&input);
	release(&output);
}

static void a_record_of_many_mebibytes_is_divided_into_frames(void **state)
{
	struct bytes input = mixture(20 * MIB), output = {0};
	struct compressor *compressor = open_compressor(COMPRESSION_ZSTD_SEEKABLE, 0, &output);

	(void)state;
	assert_int_equal(write_records(compressor, &input, input.length, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	assert_rows_tell(&output, &input);
	assert_true(rows_of(&output).count >= 5);
	assert_reads(plain_of_pipe(&output, NULL), &input, "20 MiB");
	release(&input);
	release(&output);
}

/* Mixed with sequential reads, which it must not disturb. */
static void assert_read_at(struct source *source, const struct bytes *input, uint64_t offset,
			   size_t length)
{
	struct bytes buffer = bytes_new(length);

	if (length > input->length - offset)
		length = input->length - offset;
	assert_int_equal(source_read_at(source, offset, buffer.data, length, NULL), 0);
	assert_memory_equal(buffer.data, input->data + offset, length);
	release(&buffer);
}

static void assert_seek(struct source *source, const struct bytes *input, uint64_t offset)
{
	size_t wanted = input->length - offset < 5000 ? input->length - offset : 5000;
	const uint8_t *data;

	assert_int_equal(source_seek(source, offset, NULL), 0);
	assert_int_equal(source_offset(source), offset);
	assert_true(source_peek(source, wanted, &data, NULL) >= (ssize_t)wanted);
	assert_memory_equal(data, input->data + offset, wanted);
	source_consume(source, wanted / 2);
}

static void assert_goes_on(struct source *source, const struct bytes *input)
{
	uint64_t offset = source_offset(source);
	const uint8_t *data;
	ssize_t there = source_peek(source, 1, &data, NULL);

	assert_true(there >= 0 && (size_t)there <= input->length - offset);
	assert_memory_equal(data, input->data + offset, there);
	source_consume(source, (size_t)there);
}

static void offsets_can_be_read_in_any_order(void **state)
{
	struct bytes input = mixture(9 * MIB), output = compressed(&methods[1], &input);
	uint64_t random = 1;
	struct source *source;

	(void)state;
	scratch_write("seekable", output.data, output.length);
	source = open_plain("seekable", NULL);
	assert_int_equal(source_length(source), input.length);
	for (int i = 0; i < 200; i++) {
		assert_seek(source, &input, next_random(&random) % input.length);
		assert_read_at(source, &input, next_random(&random) % input.length,
			       next_random(&random) % 5000 + 1);
		assert_goes_on(source, &input);
	}
	source_close(source);
	release(&input);
	release(&output);
}

static void a_compressed_source_can_be_read_backwards(void **state)
{
	enum { STEP = 300007 };
	struct bytes input = mixture(9 * MIB), output = compressed(&methods[1], &input);
	const uint8_t *data;
	struct source *source;

	(void)state;
	scratch_write("seekable", output.data, output.length);
	source = open_plain("seekable", NULL);
	assert_int_equal(source_seek(source, input.length, NULL), 0);
	assert_int_equal(source_peek(source, 1, &data, NULL), 0);
	for (size_t at = input.length; at >= STEP; at -= STEP) {
		assert_read_at(source, &input, at - STEP, STEP);
		assert_seek(source, &input, at - STEP);
	}
	source_close(source);
	release(&input);
	release(&output);
}

static void reading_beyond_the_end_returns_nothing(void **state)
{
	struct bytes input = lines(2 * MIB), output = compressed(&methods[1], &input);
	struct pimg_error error;
	const uint8_t *data;
	struct source *source;
	uint8_t two[2];

	(void)state;
	scratch_write("seekable", output.data, output.length);
	source = open_plain("seekable", NULL);
	assert_int_equal(source_read_at(source, input.length - 1, two, 2, &error), -1);
	assert_int_equal(source_seek(source, input.length + MIB, NULL), 0);
	assert_int_equal(source_peek(source, 1, &data, NULL), 0);
	assert_seek(source, &input, 0);
	source_close(source);
	release(&input);
	release(&output);
}

/* ---- notes: frames that every zstd skips ---- */

enum { MAGIC = 0x184D2A57, OTHER_MAGIC = 0x184D2A51 };

/* Content, a note with another magic number, and the note. */
static struct bytes with_note(const struct bytes *input, const char *note, size_t length)
{
	struct bytes output = {0};
	struct compressor *compressor = open_compressor(COMPRESSION_ZSTD_SEEKABLE, 0, &output);

	assert_int_equal(write_records(compressor, input, 4096, NULL), 0);
	assert_int_equal(compressor_skippable(compressor, OTHER_MAGIC, "other", 5, NULL), 0);
	assert_int_equal(compressor_skippable(compressor, MAGIC, note, length, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	return output;
}

/* Does not close the source. */
static void assert_no_note(struct source *source, uint32_t magic, size_t most)
{
	uint8_t *data = NULL;
	size_t length;

	assert_int_equal(seekable_skippable(source, magic, most, &data, &length, NULL), 0);
	assert_null(data);
}

static void assert_note(struct source *source, uint32_t magic, size_t most, const char *note)
{
	uint8_t *data;
	size_t length;

	assert_int_equal(seekable_skippable(source, magic, most, &data, &length, NULL), 1);
	assert_int_equal(length, strlen(note));
	assert_memory_equal(data, note, length);
	free(data);
}

static void a_note_is_found_if_it_is_not_too_long(void **state)
{
	struct bytes input = lines(3 * MIB), output = with_note(&input, "a note", 6);
	struct source *source;

	(void)state;
	scratch_write("note", output.data, output.length);
	source = open_plain("note", NULL);
	assert_note(source, MAGIC, 6, "a note");
	assert_note(source, MAGIC, SIZE_MAX, "a note");
	assert_note(source, OTHER_MAGIC, 5, "other");
	assert_no_note(source, MAGIC, 5);
	assert_no_note(source, MAGIC, 0);
	assert_no_note(source, 0x184D2A58, SIZE_MAX);
	assert_note(source, MAGIC, 6, "a note");
	assert_reads(source, &input, "with a note");
	release(&input);
	release(&output);
}

static void an_empty_note_is_found(void **state)
{
	struct bytes input = lines(1000), output = with_note(&input, NULL, 0);
	struct source *source;

	(void)state;
	scratch_write("note", output.data, output.length);
	source = open_plain("note", NULL);
	assert_note(source, MAGIC, 0, "");
	assert_reads(source, &input, "with an empty note");
	release(&input);
	release(&output);
}

static void a_note_after_empty_content_is_found(void **state)
{
	struct bytes input = noise(0), output = with_note(&input, "a note", 6);
	struct source *source;

	(void)state;
	scratch_write("note", output.data, output.length);
	source = open_plain("note", NULL);
	assert_note(source, MAGIC, 6, "a note");
	assert_reads(source, &input, "a single note");
	release(&input);
	release(&output);
}

static void frames_after_a_note_are_read_too(void **state)
{
	struct bytes input = lines(100000), output = {0}, twice = bytes_new(200000);
	struct compressor *compressor = open_compressor(COMPRESSION_ZSTD_SEEKABLE, 0, &output);
	struct source *source;

	(void)state;
	memcpy(twice.data, input.data, input.length);
	memcpy(twice.data + input.length, input.data, input.length);
	assert_int_equal(write_records(compressor, &input, 4096, NULL), 0);
	assert_int_equal(compressor_skippable(compressor, MAGIC, "a note", 6, NULL), 0);
	assert_int_equal(write_records(compressor, &input, 4096, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	scratch_write("note", output.data, output.length);
	source = open_plain("note", NULL);
	assert_seek(source, &twice, 150000);
	assert_seek(source, &twice, 100000);
	assert_seek(source, &twice, 99999);
	assert_int_equal(source_seek(source, 0, NULL), 0);
	assert_reads(source, &twice, "around a note");
	assert_reads(plain_of_pipe(&output, NULL), &twice, "around a note, in a pipe");
	release(&input);
	release(&twice);
	release(&output);
}

static void zstd_skips_a_note(void **state)
{
	struct bytes input = lines(3 * MIB), output = with_note(&input, "a note", 6);
	const char *plain = scratch_path("plain"), *note = scratch_path("note");

	(void)state;
	scratch_write("plain", input.data, input.length);
	scratch_write("note", output.data, output.length);
	release(&input);
	release(&output);
	if (!succeeds("command -v %s >/dev/null", "zstd")) {
		print_message("needs the program zstd\n");
		skip();
	}
	assert_true(succeeds("%s -q -t <%s", "zstd", note));
	assert_true(succeeds("%s -dc <%s | cmp -s - %s", "zstd", note, plain));
}

static void a_note_with_another_frames_magic_is_refused(void **state)
{
	static const uint32_t magics[] = {0x184D2A5E, 0x184D2A4F, 0x184D2A60, 0xFD2FB528, 0};
	struct bytes output = {0};
	struct compressor *compressor = open_compressor(COMPRESSION_ZSTD_SEEKABLE, 0, &output);

	(void)state;
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		struct pimg_error error = {0};

		assert_int_equal(compressor_skippable(compressor, magics[i], "x", 1, &error), -1);
		assert_int_equal(error.status, PIMG_USAGE);
	}
	assert_int_equal(output.length, 0);
	compressor_free(compressor);
}

static void notes_are_not_supported(void **state)
{
	const struct method *method = *state;
	struct bytes input = lines(1000), output = {0};
	struct compressor *compressor = open_compressor(method->method, method->level, &output);
	struct pimg_error error = {0};
	struct source *source;

	assert_int_equal(compressor_skippable(compressor, MAGIC, "x", 1, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	compressor_free(compressor);
	release(&output);
	output = compressed(method, &input);
	scratch_write("compressed", output.data, output.length);
	source = open_plain("compressed", NULL);
	assert_no_note(source, MAGIC, SIZE_MAX);
	source_close(source);
	release(&input);
	release(&output);
}

static void a_flipped_bit_in_a_note_does_not_change_the_content(void **state)
{
	struct bytes input = lines(1000), output = with_note(&input, "a note", 6);
	size_t content = packed_bytes(&(struct rows){rows_of(&output).at, 1}, 0);
	int fd;

	(void)state;
	scratch_write("damaged", output.data, output.length);
	fd = open(scratch_path("damaged"), O_WRONLY | O_CLOEXEC);
	for (size_t bit = content * 8; bit < output.length * 8; bit++) {
		flip(fd, bit, &output);
		if (read_damaged(&methods[1], "damaged", &input) == OTHER)
			fail_msg("bit %zu of byte %zu changes the content without an error",
				 bit % 8, bit / 8);
		flip_back(fd, bit, &output);
	}
	close(fd);
	release(&input);
	release(&output);
}

/* ---- one compression inside another ---- */

static struct bytes nested(int times)
{
	struct bytes bytes = lines(100000);

	for (int i = 0; i < times; i++) {
		struct bytes output = compressed(&methods[i % METHODS], &bytes);

		release(&bytes);
		bytes = output;
	}
	return bytes;
}

static void data_compressed_twice_is_read(void **state)
{
	struct bytes input = lines(100000), output = nested(2);

	(void)state;
	scratch_write("nested", output.data, output.length);
	assert_reads(open_plain("nested", NULL), &input, "twice");
	assert_reads(plain_of_pipe(&output, NULL), &input, "twice, in a pipe");
	release(&input);
	release(&output);
}

static void data_compressed_three_times_is_refused(void **state)
{
	struct bytes output = nested(3);
	struct pimg_error error = {0};

	(void)state;
	scratch_write("nested", output.data, output.length);
	assert_null(open_plain("nested", &error));
	assert_int_equal(error_check_of(&error), CHECK_BOMB);
	assert_non_null(strstr(error.file, "nested"));
	release(&output);
}

static void the_seek_table_is_ignored_within_another_compression(void **state)
{
	struct bytes input = lines(100000), seekable = compressed(&methods[1], &input);
	struct bytes output;

	(void)state;
	/* The decompressed size of the only row. */
	seekable.data[seekable.length - SEEK_TABLE_FOOTER_BYTES - 8] ^= 1;
	output = compressed(&methods[2], &seekable);
	assert_reads(plain_of_pipe(&output, NULL), &input, "seekable within gzip");
	release(&input);
	release(&seekable);
	release(&output);
}

/* ---- a few bytes that expand to very many ---- */

enum { BOMB_MIB = 300 };

/* The source keeps what it reads, either to its end or not. */
static struct source *saved_run(uint8_t byte, int *result, struct pimg_error *error)
{
	struct bytes mebibyte = bytes_new(MIB), output = {0};
	struct compressor *compressor = open_compressor(COMPRESSION_ZSTD, 0, &output);
	struct source *source;

	memset(mebibyte.data, byte, mebibyte.length);
	for (int i = 0; i < BOMB_MIB; i++)
		assert_int_equal(compressor_write(compressor, mebibyte.data, MIB, NULL), 0);
	assert_int_equal(compressor_finish(compressor, NULL), 0);
	compressor_free(compressor);
	source = plain_of_pipe(&output, NULL);
	assert_non_null(source);
	assert_int_equal(source_keep(source, NULL), 0);
	*result = source_skip(source, BOMB_MIB * MIB + 1, error) == (int64_t)(BOMB_MIB * MIB) ? 0
											      : -1;
	release(&mebibyte);
	release(&output);
	return source;
}

static void data_that_expands_too_much_is_not_kept(void **state)
{
	struct pimg_error error = {0};
	int result;

	(void)state;
	source_close(saved_run('a', &result, &error));
	assert_int_equal(result, -1);
	assert_int_equal(error_check_of(&error), CHECK_BOMB);
}

/* The disk blocks of the only open file of that length, or -1. */
static long blocks_of_open_file(off_t length)
{
	for (int fd = 0; fd < 100; fd++) {
		struct stat status;

		if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == length)
			return (long)status.st_blocks;
	}
	return -1;
}

static void kept_zeros_take_no_space(void **state)
{
	struct pimg_error error = {0};
	const uint8_t *data;
	struct source *source;
	int result;

	(void)state;
	source = saved_run(0, &result, &error);
	assert_int_equal(result, 0);
	assert_int_equal(source_seek(source, 100 * MIB, NULL), 0);
	assert_true(source_peek(source, MIB, &data, NULL) >= (ssize_t)MIB);
	assert_true(!data[0] && !memcmp(data, data + 1, MIB - 1));
	assert_int_equal(blocks_of_open_file(BOMB_MIB * MIB), 0);
	source_close(source);
}

// clang-format off
#define OF_EACH(claim) \
	{"zstd: " #claim, claim, NULL, NULL, &methods[0]}, \
	{"seekable zstd: " #claim, claim, NULL, NULL, &methods[1]}, \
	OF_EACH_FILTER(claim)
#define OF_EACH_FILTER(claim) \
	{"gzip: " #claim, claim, NULL, NULL, &methods[2]}, \
	{"xz: " #claim, claim, NULL, NULL, &methods[3]}, \
	{"bzip2: " #claim, claim, NULL, NULL, &methods[4]}, \
	{"lz4: " #claim, claim, NULL, NULL, &methods[5]}
// clang-format on

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_EACH(compressed_data_can_be_read),
		OF_EACH(the_first_bytes_identify_the_method),
		OF_EACH(the_tool_of_the_method_decompresses_the_output),
		OF_EACH(an_invalid_level_is_refused),
		OF_EACH(the_lowest_and_the_highest_level_can_be_read),
		OF_EACH(an_output_error_is_returned),
		OF_EACH(unfinished_output_is_dropped),
		OF_EACH(a_flipped_bit_is_detected_or_has_no_effect),
		OF_EACH(a_cut_at_any_byte_is_detected),
		OF_EACH(a_file_cut_within_the_magic_number_is_read_as_plain),
		OF_EACH(trailing_bytes_are_detected_unless_they_are_zeros),
		cmocka_unit_test(seek_table_rows_give_sizes_and_checksum_of_each_frame),
		cmocka_unit_test(
			a_frame_ends_at_the_first_mark_after_1_mib_and_the_first_after_16_kib),
		cmocka_unit_test(a_record_of_many_mebibytes_is_divided_into_frames),
		cmocka_unit_test(offsets_can_be_read_in_any_order),
		cmocka_unit_test(a_compressed_source_can_be_read_backwards),
		cmocka_unit_test(reading_beyond_the_end_returns_nothing),
		cmocka_unit_test(a_note_is_found_if_it_is_not_too_long),
		cmocka_unit_test(an_empty_note_is_found),
		cmocka_unit_test(a_note_after_empty_content_is_found),
		cmocka_unit_test(frames_after_a_note_are_read_too),
		cmocka_unit_test(zstd_skips_a_note),
		cmocka_unit_test(a_note_with_another_frames_magic_is_refused),
		OF_EACH_FILTER(notes_are_not_supported),
		cmocka_unit_test(a_flipped_bit_in_a_note_does_not_change_the_content),
		cmocka_unit_test(data_compressed_twice_is_read),
		cmocka_unit_test(data_compressed_three_times_is_refused),
		cmocka_unit_test(the_seek_table_is_ignored_within_another_compression),
		cmocka_unit_test(data_that_expands_too_much_is_not_kept),
		cmocka_unit_test(kept_zeros_take_no_space),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
