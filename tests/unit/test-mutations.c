// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every small change to an image with checksums is detected: verify reports each flipped bit, each
 * byte removed or inserted, and each truncation as an error. Cases in which only a warning is
 * possible are in a table below, with the reason.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeimg.h"
#include "scratch.h"

/* ---- the images ---- */

#define LENGTH_MOST 2048

static struct sample {
	const char *name;
	enum pimg_layout layout;
	bool format_10;
	uint8_t bytes[LENGTH_MOST];
	size_t length;
	size_t magic_length;
} samples[] = {
	{"packets, v1.1", PIMG_LAYOUT_PACKETS, false, {0}, 0, 8},
	{"packets, v1.0", PIMG_LAYOUT_PACKETS, true, {0}, 0, 4},
	{"indexed, v1.1", PIMG_LAYOUT_INDEXED, false, {0}, 0, 8},
	{"indexed, v1.0", PIMG_LAYOUT_INDEXED, true, {0}, 0, 4},
};
enum { SAMPLES = sizeof(samples) / sizeof(*samples) };

static struct pimg_queue *mixed_queue(uint32_t id)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, 65536);
	struct pimg_origin origin = {
		.known = PIMG_ORIGIN_TIME | PIMG_ORIGIN_PAGE | PIMG_ORIGIN_OWNER | PIMG_ORIGIN_MODE,
		.captured_at_ns = UINT64_C(1700000000123456789),
		.page_size = 4096,
		.uid = 1000,
		.gid = 100,
		.mode = 0640,
	};
	struct pimg_end reader = {.pid = 4711, .fd = 3, .flags = O_RDONLY, .comm = "reader"};
	struct pimg_end writer = {
		.pid = 4712, .fd = 1, .flags = O_WRONLY | O_DIRECT, .comm = "writer"};

	pimg_queue_append(queue, PIMG_STREAM, "a stream run", 12, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "one", 3, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "\0\0two\xff", 6, NULL);
	pimg_queue_append(queue, PIMG_STREAM, "more", 4, NULL);
	pimg_queue_set_origin(queue, &origin);
	pimg_queue_add_end(queue, &reader, NULL);
	pimg_queue_add_end(queue, &writer, NULL);
	return queue;
}

/* Packets of equal length: their records differ only in the checksums. */
static struct pimg_queue *packet_queue(uint32_t id)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, 16384);

	pimg_queue_append(queue, PIMG_PACKET, "aaaa", 4, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "bbbb", 4, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "aaaa", 4, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "\0\0\0\0", 4, NULL);
	return queue;
}

static void write_image(const struct sample *sample)
{
	struct pimg_queue *queues[] = {mixed_queue(4711), pimg_queue_new(PIMG_PIPE, 4712, 65536),
				       packet_queue(70000)};
	size_t count = sizeof(queues) / sizeof(*queues);
	struct pimg_writer_options options = {
		.layout = sample->layout,
		.replace = true,
		.format = sample->format_10 ? PIMG_FORMAT_1_0 : PIMG_FORMAT_1_1,
		.queue_count = (uint32_t)count,
	};
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path("image"), PIMG_PIPE, &options, NULL);

	assert_non_null(writer);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(pimg_writer_put(writer, queues[i], NULL), 0);
		pimg_queue_free(queues[i]);
	}
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
}

static int make_samples(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	for (size_t i = 0; i < SAMPLES; i++) {
		FILE *file;

		write_image(&samples[i]);
		file = fopen(scratch_path("image"), "re");
		if (!file)
			return -1;
		samples[i].length = fread(samples[i].bytes, 1, LENGTH_MOST, file);
		fclose(file);
		if (!samples[i].length || samples[i].length == LENGTH_MOST)
			return -1;
	}
	return 0;
}

/* ---- changes ---- */

enum change { FLIP, CUT, REMOVE, INSERT_ZERO, INSERT_COPY };

struct mutation {
	const struct sample *sample;
	enum change change;
	size_t at;    /* byte of the sample */
	unsigned bit; /* of FLIP */
};

/* Returns the length. */
static size_t mutate(const struct mutation *mutation, uint8_t *bytes)
{
	const uint8_t *from = mutation->sample->bytes;
	size_t length = mutation->sample->length, at = mutation->at;

	memcpy(bytes, from, at);
	switch (mutation->change) {
	case CUT:
		return at;
	case REMOVE:
		memcpy(bytes + at, from + at + 1, length - at - 1);
		return length - 1;
	case INSERT_ZERO:
	case INSERT_COPY:
		bytes[at] = mutation->change == INSERT_COPY ? from[at ? at - 1 : 0] : 0;
		memcpy(bytes + at + 1, from + at, length - at);
		return length + 1;
	case FLIP:
		memcpy(bytes + at, from + at, length - at);
		bytes[at] ^= (uint8_t)(1U << mutation->bit);
	}
	return length;
}

static const char *describe(const struct mutation *mutation)
{
	static const char *const changes[] = {
		[FLIP] = "flipped bit",
		[CUT] = "file truncated",
		[REMOVE] = "removed byte",
		[INSERT_ZERO] = "inserted zero",
		[INSERT_COPY] = "duplicate of the previous byte",
	};
	static char text[128];

	snprintf(text, sizeof(text), "%s: %s at byte %zu, bit %u", mutation->sample->name,
		 changes[mutation->change], mutation->at, mutation->bit);
	return text;
}

/* ---- what verify reports ---- */

struct worst {
	bool found;
	const struct pimg_check *check;
};

static int keep_worst(void *context, const struct pimg_check *check,
		      const struct pimg_error *finding, enum pimg_type type)
{
	struct worst *worst = context;

	(void)finding;
	(void)type;
	if (!worst->found || check->severity > worst->check->severity)
		worst->check = check;
	worst->found = true;
	return 0;
}

static struct worst verify_bytes(const uint8_t *bytes, size_t length)
{
	int fd = memfd_create("image", MFD_CLOEXEC);
	struct pimg_verify_summary summary = {0};
	struct worst worst = {false, NULL};
	struct pimg_error error;
	char path[64];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (pimg_verify(path,
			&(struct pimg_verify_options){.flags = PIMG_VERIFY_ANYWHERE,
						      .found = keep_worst,
						      .context = &worst},
			&summary, &error) < 0)
		fail_msg("%s", error.sentence);
	close(fd);
	return worst;
}

/* ---- cases with only a warning ---- */

static bool is_cut_behind_magic(const struct mutation *mutation)
{
	return mutation->change == CUT && mutation->at == mutation->sample->magic_length;
}

static const struct {
	const char *check;
	bool (*matches)(const struct mutation *mutation);
} warnings[] = {
	/* An image without any queue is valid. */
	{"PI012", is_cut_behind_magic},
};

static const char *expected_warning(const struct mutation *mutation)
{
	for (size_t i = 0; i < sizeof(warnings) / sizeof(*warnings); i++) {
		if (warnings[i].matches(mutation))
			return warnings[i].check;
	}
	return NULL;
}

/*
 * With v1.0, CRIU created every image before it knew whether there was anything to write, so most
 * of them have only magic numbers.
 */
static bool is_an_old_empty_image(const struct mutation *mutation)
{
	return is_cut_behind_magic(mutation) && mutation->sample->format_10;
}

static void is_noticed(const struct mutation *mutation)
{
	uint8_t bytes[LENGTH_MOST + 1];
	size_t length = mutate(mutation, bytes);
	struct worst worst = verify_bytes(bytes, length);
	const char *warning = expected_warning(mutation);

	if (is_an_old_empty_image(mutation)) {
		assert_string_equal(worst.check->id, "PI010");
		return;
	}
	if (!worst.found || worst.check->severity == PIMG_NOTE)
		fail_msg("%s: not detected", describe(mutation));
	if (warning)
		assert_string_equal(worst.check->id, warning);
	else if (worst.check->severity != PIMG_ERROR)
		fail_msg("%s: only %s", describe(mutation), worst.check->id);
}

/* At each byte of each sample, and at the end if up_to_end. */
static void each_is_noticed(enum change change, unsigned bits, bool up_to_end)
{
	for (size_t i = 0; i < SAMPLES; i++) {
		struct mutation mutation = {&samples[i], change, 0, 0};

		for (; mutation.at < samples[i].length + up_to_end; mutation.at++) {
			for (mutation.bit = 0; mutation.bit < bits; mutation.bit++)
				is_noticed(&mutation);
		}
	}
}

/* ---- the tests ---- */

static void the_unchanged_images_have_no_findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct worst worst = verify_bytes(samples[i].bytes, samples[i].length);

		if (worst.found && worst.check->severity != PIMG_NOTE)
			fail_msg("%s: %s", samples[i].name, worst.check->id);
	}
}

static void a_flipped_bit_is_detected(void **state)
{
	(void)state;
	each_is_noticed(FLIP, 8, false);
}

static void a_truncated_file_is_detected(void **state)
{
	(void)state;
	each_is_noticed(CUT, 1, false);
}

static void a_removed_byte_is_detected(void **state)
{
	(void)state;
	each_is_noticed(REMOVE, 1, false);
}

static void an_inserted_zero_is_detected(void **state)
{
	(void)state;
	each_is_noticed(INSERT_ZERO, 1, true);
}

static void a_duplicated_byte_is_detected(void **state)
{
	(void)state;
	each_is_noticed(INSERT_COPY, 1, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_unchanged_images_have_no_findings),
		cmocka_unit_test(a_flipped_bit_is_detected),
		cmocka_unit_test(a_truncated_file_is_detected),
		cmocka_unit_test(a_removed_byte_is_detected),
		cmocka_unit_test(an_inserted_zero_is_detected),
		cmocka_unit_test(a_duplicated_byte_is_detected),
	};

	return cmocka_run_group_tests(tests, make_samples, scratch_remove);
}
