// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Conversions between all layouts and versions keep the queues.
 *
 * PIPEIMG_IMAGES sets how many random images are converted, PIPEIMG_SEED where they start.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "image-bytes.h"
#include "pipe-program.h"
#include "pipeimg.h"
#include "same-queue.h"
#include "scratch.h"

#define QUEUES_PER_IMAGE 5

/* An image to convert, and the expected result. */
struct sample {
	enum pimg_type type;
	bool format_10;
	size_t count;
	struct pimg_queue *queues[QUEUES_PER_IMAGE];
};

/* The layouts, and none: records stay as they are. */
enum { AS_IT_IS = PIMG_LAYOUT_SPLICED + 1, LAYOUTS };

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* ---- files ---- */

static void assert_same_bytes(const struct bytes *wanted, const struct bytes *found, size_t skip)
{
	assert_int_equal(wanted->length, found->length);
	assert_memory_equal(wanted->data + skip, found->data + skip, wanted->length - skip);
}

static void assert_same_file(const char *wanted, const char *found)
{
	struct bytes a = read_file(wanted), b = read_file(found);

	assert_same_bytes(&a, &b, 0);
	bytes_release(&a);
	bytes_release(&b);
}

static void convert(const char *from, const char *to, int layout, enum pimg_format version)
{
	struct pimg_convert_options options = {
		.has_layout = layout != AS_IT_IS,
		.layout = layout != AS_IT_IS ? (enum pimg_layout)layout : PIMG_LAYOUT_SPLICED,
		.format = version,
		.replace = true,
	};
	struct pimg_error error;

	if (pimg_convert(scratch_path(from), scratch_path(to), &options, NULL, &error) < 0)
		fail_msg("to layout %d, version %d: %s", layout, (int)version, error.sentence);
}

static struct pimg_image *open_whole(const char *name)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(scratch_path(name), NULL, &error);

	if (!image)
		fail_msg("%s", error.sentence);
	if (pimg_image_damage(image))
		fail_msg("%s", pimg_image_damage(image)->sentence);
	return image;
}

static struct pimg_queue *load(struct pimg_image *image, size_t queue)
{
	struct pimg_error error;
	struct pimg_queue *loaded = pimg_image_load(image, queue, &error);

	if (!loaded)
		fail_msg("%s", error.sentence);
	return loaded;
}

/* ---- random queues ---- */

static const void *random_bytes(size_t length, uint64_t *random)
{
	static uint8_t bytes[65536];

	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)next_random(random);
	return bytes;
}

/* Chunks that fit into a pipe with that many slots, divided as the kernel would divide them. */
static void fill(struct pimg_queue *queue, uint32_t slots, uint32_t page, uint64_t *random)
{
	uint32_t kinds = next_random(random) % 4; /* none, stream, packets, both */
	uint32_t chunks = 1 + next_random(random) % 12;

	for (uint32_t used = 0; kinds && used < slots && chunks; chunks--) {
		bool packet = kinds == 2 || (kinds == 3 && next_random(random) % 2);
		uint32_t most = packet ? page : page * (slots - used < 3 ? slots - used : 3);
		uint32_t length = next_random(random) % 8 ? 1 + next_random(random) % 40
							  : 1 + next_random(random) % most;

		assert_int_equal(pimg_queue_append(queue, packet ? PIMG_PACKET : PIMG_STREAM,
						   random_bytes(length, random), length, NULL),
				 0);
		used += (length + page - 1) / page;
	}
}

static void add_origin(struct pimg_queue *queue, uint32_t page, uint64_t *random)
{
	struct pimg_origin origin = {
		.known = (next_random(random) &
			  (PIMG_ORIGIN_TIME | PIMG_ORIGIN_OWNER | PIMG_ORIGIN_MODE)) |
			 PIMG_ORIGIN_PAGE,
		.page_size = page,
	};
	uint32_t ends = next_random(random) % 4;

	if (origin.known & PIMG_ORIGIN_TIME)
		origin.captured_at_ns = (uint64_t)next_random(random) << 31;
	if (origin.known & PIMG_ORIGIN_OWNER) {
		origin.uid = next_random(random);
		origin.gid = next_random(random);
	}
	if (origin.known & PIMG_ORIGIN_MODE)
		origin.mode = next_random(random) & 07777;
	pimg_queue_set_origin(queue, &origin);
	for (uint32_t i = 0; i < ends; i++) {
		struct pimg_end end = {
			.pid = 100 + i,
			.fd = next_random(random) % 1000,
			.flags = next_random(random) & (O_ACCMODE | O_DIRECT | O_NONBLOCK),
		};

		for (size_t j = 0; j < next_random(random) % 16; j++)
			end.comm[j] = (char)(1 + next_random(random) % 255);
		assert_int_equal(pimg_queue_add_end(queue, &end, NULL), 0);
	}
}

static struct pimg_queue *random_queue(enum pimg_type type, uint32_t id, uint64_t *random)
{
	uint32_t page = next_random(random) % 4 ? 4096 : 16384;
	uint32_t slots = 1U << next_random(random) % 7;
	bool unknown_capacity = next_random(random) % 6 == 0;
	struct pimg_queue *queue = pimg_queue_new(type, id, unknown_capacity ? 0 : slots * page);

	fill(queue, slots, page, random);
	add_origin(queue, page, random);
	return queue;
}

static void make_sample(struct sample *sample, uint64_t *random)
{
	*sample = (struct sample){
		.type = next_random(random) % 2 ? PIMG_PIPE : PIMG_FIFO,
		.format_10 = next_random(random) % 2,
		.count = 1 + next_random(random) % QUEUES_PER_IMAGE,
	};
	for (size_t i = 0; i < sample->count; i++)
		sample->queues[i] = random_queue(sample->type,
						 (next_random(random) << 3) + (uint32_t)i, random);
}

static void release_sample(struct sample *sample)
{
	for (size_t i = 0; i < sample->count; i++)
		pimg_queue_free(sample->queues[i]);
}

static void write_sample(const struct sample *sample, const char *name, enum pimg_layout layout)
{
	struct pimg_writer_options options = {
		.layout = layout,
		.replace = true,
		.format = sample->format_10 ? PIMG_FORMAT_1_0 : PIMG_FORMAT_1_1,
		.queue_count = (uint32_t)sample->count,
	};
	struct pimg_error error;
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path(name), sample->type, &options, &error);

	assert_non_null(writer);
	for (size_t i = 0; i < sample->count; i++)
		assert_int_equal(pimg_writer_put(writer, sample->queues[i], &error), 0);
	assert_int_equal(pimg_writer_commit(writer, &error), 0);
}

/* The part of a queue that the spliced layout keeps: bytes and capacity. */
static struct pimg_queue *spliced(const struct pimg_queue *queue)
{
	struct pimg_queue *merged = pimg_queue_new(pimg_queue_type(queue), pimg_queue_id(queue),
						   pimg_queue_capacity(queue));

	assert_int_equal(pimg_queue_append(merged, PIMG_STREAM, pimg_queue_data(queue),
					   pimg_queue_bytes(queue), NULL),
			 0);
	return merged;
}

/* ---- expectations ---- */

static void assert_same_queue(const struct pimg_queue *wanted, const struct pimg_queue *found)
{
	struct pimg_error error;

	if (!pimg_queue_equal(wanted, found, &error))
		fail_msg("queue %" PRIu32 ": %s", pimg_queue_id(wanted), error.sentence);
	assert_same_attributes(wanted, found);
}

/* @merged: the image is, or was in between, in the spliced layout */
static void assert_holds(const char *name, const struct sample *sample, bool merged)
{
	struct pimg_image *image = open_whole(name);

	assert_int_equal(pimg_image_queue_count(image), sample->count);
	for (size_t i = 0; i < sample->count; i++) {
		struct pimg_queue *wanted = merged ? spliced(sample->queues[i]) : NULL;
		struct pimg_queue *found = load(image, i);

		assert_same_queue(merged ? wanted : sample->queues[i], found);
		pimg_queue_free(wanted);
		pimg_queue_free(found);
	}
	pimg_image_close(image);
}

/* An empty queue has one record that does not reveal a layout. */
static void assert_layout(const char *name, int layout)
{
	struct pimg_image *image = open_whole(name);

	for (size_t i = 0; i < pimg_image_queue_count(image); i++) {
		const struct pimg_queue_info *info = pimg_image_queue(image, i);

		if (info->bytes)
			assert_int_equal(info->layout, layout);
	}
	pimg_image_close(image);
}

static void assert_version(const char *name, bool format_10)
{
	struct bytes bytes = read_file(name);
	uint32_t first = bytes.data[0] | bytes.data[1] << 8 | bytes.data[2] << 16 |
			 (uint32_t)bytes.data[3] << 24;

	assert_int_equal(first != MAGIC_COMMON, format_10);
	bytes_release(&bytes);
}

static int fail_but_for_notes(void *context, const struct pimg_check *check,
			      const struct pimg_error *finding, enum pimg_type type)
{
	(void)context;
	(void)type;
	if (check->severity != PIMG_NOTE)
		fail_msg("%s: %s", check->id, finding->sentence);
	return 0;
}

/* Has no findings except notes on any machine. Returns the number of records. */
static uint64_t assert_verifies(const char *name)
{
	struct pimg_verify_summary summary = {0};
	struct pimg_error error;

	if (pimg_verify(scratch_path(name),
			&(struct pimg_verify_options){.flags = PIMG_VERIFY_ANYWHERE,
						      .found = fail_but_for_notes},
			&summary, &error) < 0)
		fail_msg("%s", error.sentence);
	return summary.records;
}

/* ---- every layout into every other ---- */

static void check_conversion(const struct sample *sample, int from, int to,
			     enum pimg_format version)
{
	int found = to == AS_IT_IS ? from : to;
	uint64_t records;

	convert("from", "to", to, version);
	assert_version("to", version == PIMG_FORMAT_KEEP ? sample->format_10
							 : version == PIMG_FORMAT_1_0);
	assert_layout("to", found);
	assert_holds("to", sample, from == PIMG_LAYOUT_SPLICED || found == PIMG_LAYOUT_SPLICED);
	records = assert_verifies("to");
	if (found != PIMG_LAYOUT_PACKETS)
		assert_int_equal(records, sample->count);
}

static void check_sample(const struct sample *sample)
{
	for (int from = 0; from < AS_IT_IS; from++) {
		write_sample(sample, "from", (enum pimg_layout)from);
		for (int to = 0; to < LAYOUTS; to++) {
			check_conversion(sample, from, to, PIMG_FORMAT_KEEP);
			if (to == from || to == AS_IT_IS)
				assert_same_file("from", "to");
			check_conversion(sample, from, to, PIMG_FORMAT_1_0);
			check_conversion(sample, from, to, PIMG_FORMAT_1_1);
		}
	}
}

static void for_random_samples(uint64_t count, void (*check)(const struct sample *sample))
{
	uint64_t seed = from_environment("PIPEIMG_SEED", (uint64_t)time(NULL) << 20);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t random = (seed + i) * 2 + 1;
		struct sample sample;

		/* Printed first, because a failure does not return here. */
		if (i % 100 == 0)
			printf("# images from PIPEIMG_SEED=%#" PRIx64 "\n", seed + i);
		make_sample(&sample, &random);
		check(&sample);
		release_sample(&sample);
	}
}

static void every_layout_and_version_converts_to_every_other(void **state)
{
	(void)state;
	for_random_samples(from_environment("PIPEIMG_IMAGES", 400), check_sample);
}

/* ---- there and back ---- */

static void check_way_back(const struct sample *sample)
{
	static const enum pimg_layout ways[][2] = {
		{PIMG_LAYOUT_PACKETS, PIMG_LAYOUT_INDEXED},
		{PIMG_LAYOUT_INDEXED, PIMG_LAYOUT_PACKETS},
		{PIMG_LAYOUT_SPLICED, PIMG_LAYOUT_PACKETS},
		{PIMG_LAYOUT_SPLICED, PIMG_LAYOUT_INDEXED},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		write_sample(sample, "from", ways[i][0]);
		convert("from", "there", (int)ways[i][1], PIMG_FORMAT_KEEP);
		convert("there", "back", (int)ways[i][0], PIMG_FORMAT_KEEP);
		assert_same_file("from", "back");
	}
}

static void converting_there_and_back_gives_the_same_file(void **state)
{
	(void)state;
	for_random_samples(from_environment("PIPEIMG_IMAGES", 400) / 2, check_way_back);
}

/* The same as if the queues had been written in that layout from the start. */
static void check_as_written(const struct sample *sample)
{
	for (int from = PIMG_LAYOUT_PACKETS; from <= PIMG_LAYOUT_INDEXED; from++) {
		for (int to = 0; to < AS_IT_IS; to++) {
			write_sample(sample, "from", (enum pimg_layout)from);
			convert("from", "to", to, PIMG_FORMAT_KEEP);
			write_sample(sample, "wanted", (enum pimg_layout)to);
			assert_same_file("wanted", "to");
		}
	}
}

static void a_converted_image_equals_a_captured_one(void **state)
{
	(void)state;
	for_random_samples(from_environment("PIPEIMG_IMAGES", 400) / 4, check_as_written);
}

/* ---- records in any order ---- */

/* The next record of a queue in the packets layout, with only the required fields. */
static void put_chunk(struct bytes *image, const struct pimg_queue *queue, size_t index)
{
	struct bytes message = {0};
	struct pimg_chunk chunk = {0};

	if (pimg_queue_chunk_count(queue))
		chunk = pimg_queue_chunk(queue, index);
	put_number(&message, 1, pimg_queue_id(queue));
	put_number(&message, 2, chunk.length);
	if (pimg_queue_capacity(queue))
		put_number(&message, 3, pimg_queue_capacity(queue));
	if (chunk.length)
		put_number(&message, 1001, chunk.kind);
	put_record(image, &message, (const uint8_t *)pimg_queue_data(queue) + chunk.offset,
		   chunk.length);
	bytes_release(&message);
}

/* Records are shuffled, except within one queue. Sorts the queues by first appearance. */
static void write_interleaved(struct sample *sample, const char *name, uint64_t *random)
{
	struct pimg_queue *order[QUEUES_PER_IMAGE] = {0};
	size_t next[QUEUES_PER_IMAGE] = {0}, left = 0, seen = 0;
	struct bytes image = {0};

	put_magic(&image, sample->type == PIMG_PIPE ? MAGIC_PIPES_DATA : MAGIC_FIFO_DATA);
	for (size_t i = 0; i < sample->count; i++) {
		size_t chunks = pimg_queue_chunk_count(sample->queues[i]);

		left += chunks ? chunks : 1;
	}
	while (left) {
		size_t pick = next_random(random) % sample->count;
		struct pimg_queue *queue = sample->queues[pick];
		size_t chunks = pimg_queue_chunk_count(queue);

		if (next[pick] == (chunks ? chunks : 1))
			continue;
		put_chunk(&image, queue, next[pick]);
		if (!next[pick]++)
			order[seen++] = queue;
		left--;
	}
	memcpy(sample->queues, order, sample->count * sizeof(*order));
	scratch_write(name, image.data, image.length);
	bytes_release(&image);
}

static void forget_origins(struct sample *sample)
{
	for (size_t i = 0; i < sample->count; i++) {
		struct pimg_queue *old = sample->queues[i];
		struct pimg_queue *plain = pimg_queue_new(pimg_queue_type(old), pimg_queue_id(old),
							  pimg_queue_capacity(old));

		for (size_t j = 0; j < pimg_queue_chunk_count(old); j++) {
			struct pimg_chunk chunk = pimg_queue_chunk(old, j);

			pimg_queue_append(plain, chunk.kind,
					  (const uint8_t *)pimg_queue_data(old) + chunk.offset,
					  chunk.length, NULL);
		}
		pimg_queue_free(old);
		sample->queues[i] = plain;
	}
}

static void records_of_several_queues_may_be_interleaved(void **state)
{
	uint64_t count = from_environment("PIPEIMG_IMAGES", 400);
	uint64_t seed = from_environment("PIPEIMG_SEED", (uint64_t)time(NULL) << 20);

	(void)state;
	printf("# images from PIPEIMG_SEED=%#" PRIx64 "\n", seed);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t random = (seed + i) * 2 + 1;
		struct sample sample;

		make_sample(&sample, &random);
		sample.format_10 = false;
		forget_origins(&sample);
		write_interleaved(&sample, "from", &random);
		assert_holds("from", &sample, false);
		for (int to = 0; to < AS_IT_IS; to++) {
			convert("from", "to", to, PIMG_FORMAT_KEEP);
			assert_holds("to", &sample, to == PIMG_LAYOUT_SPLICED);
			if (to != PIMG_LAYOUT_PACKETS)
				assert_int_equal(assert_verifies("to"), sample.count);
		}
		convert("from", "to", AS_IT_IS, PIMG_FORMAT_1_1);
		assert_same_file("from", "to");
		release_sample(&sample);
	}
}

/* ---- images of other programs ---- */

static void put_plain_record(struct bytes *image, uint32_t id, const char *payload)
{
	struct bytes message = {0};

	put_number(&message, 1, id);
	put_number(&message, 2, strlen(payload));
	put_record(image, &message, payload, strlen(payload));
	bytes_release(&message);
}

static void assert_chunks(const char *name, size_t queue, const char *const *wanted, size_t count,
			  enum pimg_kind kind)
{
	struct pimg_image *image = open_whole(name);
	struct pimg_queue *found = load(image, queue);

	assert_int_equal(pimg_queue_chunk_count(found), count);
	for (size_t i = 0; i < count; i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(found, i);

		assert_int_equal(chunk.kind, kind);
		assert_int_equal(chunk.length, strlen(wanted[i]));
		assert_memory_equal((const char *)pimg_queue_data(found) + chunk.offset, wanted[i],
				    chunk.length);
	}
	pimg_queue_free(found);
	pimg_image_close(image);
}

static void several_plain_records_become_packets(void **state)
{
	static const char *const packets[] = {"one", "second", "3"}, *const run[] = {"stream"};
	struct bytes image = {0};

	(void)state;
	put_magic(&image, MAGIC_PIPES_DATA);
	put_plain_record(&image, 7, "one");
	put_plain_record(&image, 7, "second");
	put_plain_record(&image, 8, "stream");
	put_plain_record(&image, 7, "3");
	scratch_write("from", image.data, image.length);
	bytes_release(&image);
	for (int to = PIMG_LAYOUT_PACKETS; to <= PIMG_LAYOUT_INDEXED; to++) {
		convert("from", "to", to, PIMG_FORMAT_KEEP);
		assert_layout("to", to);
		assert_chunks("to", 0, packets, 3, PIMG_PACKET);
		assert_chunks("to", 1, run, 1, PIMG_STREAM);
		assert_verifies("to");
	}
}

/* Each record stays a record and keeps its checksum and fields; readers see one run. */
static void consecutive_stream_records_stay_one_run(void **state)
{
	static const char *const run[] = {"firstsecond"};
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 7, 0), *found;
	struct bytes image = {0};

	(void)state;
	put_magic(&image, MAGIC_PIPES_DATA);
	for (int i = 0; i < 2; i++) {
		const char *payload = i ? "second" : "first";
		struct bytes message = {0};

		put_number(&message, 1, 7);
		put_number(&message, 2, strlen(payload));
		put_number(&message, 1001, PIMG_STREAM);
		put_record(&image, &message, payload, strlen(payload));
		bytes_release(&message);
	}
	scratch_write("from", image.data, image.length);
	bytes_release(&image);
	pimg_queue_append(queue, PIMG_STREAM, run[0], strlen(run[0]), NULL);
	for (int to = 0; to < AS_IT_IS; to++) {
		struct pimg_image *converted;

		convert("from", "to", to, PIMG_FORMAT_KEEP);
		converted = open_whole("to");
		found = load(converted, 0);
		assert_same_queue(queue, found);
		pimg_queue_free(found);
		pimg_image_close(converted);
	}
	assert_chunks("to", 0, run, 1, PIMG_STREAM);
	pimg_queue_free(queue);
}

static void put_datagram(struct bytes *image, uint32_t id, const char *payload)
{
	struct bytes message = {0};

	put_number(&message, 1, id);
	put_number(&message, 2, strlen(payload));
	put_nested(&message, 3, "address", 7);
	put_nested(&message, 4, "\x08\x01", 2);
	put_nested(&message, 128, "\x08\x02\x10\x03", 4);
	put_record(image, &message, payload, strlen(payload));
	bytes_release(&message);
}

static void datagrams_are_copied_unchanged(void **state)
{
	struct bytes image = {0}, found;

	(void)state;
	put_magic(&image, MAGIC_SK_QUEUES);
	put_datagram(&image, 5, "one");
	put_datagram(&image, 6, "two");
	put_datagram(&image, 5, "");
	put_datagram(&image, 5, "three");
	scratch_write("from", image.data, image.length);
	for (int to = 0; to < LAYOUTS; to++) {
		convert("from", "to", to, PIMG_FORMAT_KEEP);
		assert_same_file("from", "to");
		convert("from", "old", to, PIMG_FORMAT_1_0);
		found = read_file("old");
		assert_int_equal(found.length, image.length - 4);
		assert_memory_equal(found.data, image.data + 4, found.length);
		bytes_release(&found);
		convert("old", "to", to, PIMG_FORMAT_1_1);
		assert_same_file("from", "to");
	}
	bytes_release(&image);
}

static void an_image_without_queues_stays_without_queues(void **state)
{
	struct bytes image = {0};

	(void)state;
	put_magic(&image, MAGIC_FIFO_DATA);
	scratch_write("from", image.data, image.length);
	bytes_release(&image);
	for (int to = 0; to < LAYOUTS; to++) {
		convert("from", "to", to, PIMG_FORMAT_KEEP);
		assert_same_file("from", "to");
	}
}

/* ---- unknown fields ---- */

/* One of each wire type, all with a mark to find them by. */
static void put_unknown(struct bytes *bytes, uint32_t mark, bool with_group)
{
	put_number(bytes, 40, UINT64_C(0x123456789) << 16 | mark);
	put_key(bytes, 900, WIRE_FIXED64);
	put_fixed(bytes, UINT64_C(0xfedcba9876543210) - mark, 8);
	put_nested(bytes, 1099, &mark, sizeof(mark));
	put_nested(bytes, 7, "", 0);
	if (with_group) {
		put_key(bytes, 2000, WIRE_GROUP);
		put_number(bytes, 1, mark);
		put_key(bytes, 1001, WIRE_GROUP);
		put_nested(bytes, 2, "within", 6);
		put_key(bytes, 1001, WIRE_GROUP_END);
		put_key(bytes, 2000, WIRE_GROUP_END);
	}
	put_key(bytes, (1U << 29) - 1, WIRE_FIXED32);
	put_fixed(bytes, mark, 4);
	put_number(bytes, 40, mark);
}

static struct bytes unknown(uint32_t mark, bool with_group)
{
	struct bytes bytes = {0};

	put_unknown(&bytes, mark, with_group);
	return bytes;
}

static size_t count_in(const struct bytes *in, const struct bytes *what)
{
	const uint8_t *at = in->data, *end = in->data + in->length;
	size_t count = 0;

	while ((at = memmem(at, (size_t)(end - at), what->data, what->length))) {
		count++;
		at += what->length;
	}
	return count;
}

static void assert_unknown_in(const char *name, uint32_t mark, bool with_group, size_t times)
{
	struct bytes image = read_file(name), fields = unknown(mark, with_group);

	if (count_in(&image, &fields) != times)
		fail_msg("unknown fields %" PRIu32 ": found %zu times in %s, not %zu", mark,
			 count_in(&image, &fields), name, times);
	bytes_release(&image);
	bytes_release(&fields);
}

enum { MARK_ORIGIN = 0x5000, MARK_END = 0x6000 };

static void put_origin(struct bytes *message, bool with_group)
{
	struct bytes origin = {0}, end = {0};

	put_number(&end, 1, 4711);
	put_number(&end, 2, 5);
	put_number(&end, 3, 1);
	put_unknown(&end, MARK_END, with_group);
	put_number(&origin, 2, 4096);
	put_nested(&origin, 6, end.data, end.length);
	put_unknown(&origin, MARK_ORIGIN, with_group);
	put_nested(message, 1003, origin.data, origin.length);
	bytes_release(&origin);
	bytes_release(&end);
}

/*
 * Two queues, of three records or one each, with unknown fields in every record that contain the
 * number of their queue and record.
 */
static void write_with_unknown_fields(const char *name, enum pimg_layout layout,
				      bool group_in_origin)
{
	int records = layout == PIMG_LAYOUT_PACKETS ? 3 : 1;
	struct bytes image = {0};

	put_magic(&image, MAGIC_PIPES_DATA);
	for (int i = 0; i < records * 2; i++) {
		int queue = i & 1, number = i / 2;
		struct bytes message = {0};

		put_number(&message, 1, (uint32_t)queue + 1);
		put_number(&message, 2, 5);
		put_unknown(&message, (uint32_t)(queue * 16 + number), true);
		put_number(&message, 3, 65536);
		if (layout == PIMG_LAYOUT_INDEXED)
			put_nested(&message, 1000, "\x05\x06", 2);
		if (layout == PIMG_LAYOUT_PACKETS)
			put_number(&message, 1001, number & 1);
		if (layout != PIMG_LAYOUT_SPLICED && !number)
			put_origin(&message, group_in_origin);
		put_record(&image, &message, "hello", 5);
		bytes_release(&message);
	}
	scratch_write(name, image.data, image.length);
	bytes_release(&image);
}

static void assert_unknown_fields(const char *name, int records, bool with_origin,
				  bool group_in_origin)
{
	size_t origins = with_origin ? 2 : 0;

	for (int queue = 0; queue < 2; queue++) {
		for (int number = 0; number < records; number++)
			assert_unknown_in(name, (uint32_t)(queue * 16 + number), true, 1);
	}
	assert_unknown_in(name, MARK_ORIGIN, group_in_origin, origins);
	assert_unknown_in(name, MARK_END, group_in_origin, origins);
}

static void unknown_fields_survive(bool group_in_origin)
{
	for (int from = 0; from < AS_IT_IS; from++) {
		int records = from == PIMG_LAYOUT_PACKETS ? 3 : 1;

		write_with_unknown_fields("from", (enum pimg_layout)from, group_in_origin);
		for (int to = 0; to < LAYOUTS; to++) {
			/* The spliced layout is CRIU's record, which has no origin. */
			bool origin = from != PIMG_LAYOUT_SPLICED && to != PIMG_LAYOUT_SPLICED;

			convert("from", "to", to, PIMG_FORMAT_1_0);
			assert_unknown_fields("to", records, origin, group_in_origin);
			convert("to", "back", from, PIMG_FORMAT_1_1);
			assert_unknown_fields("back", records, origin, group_in_origin);
		}
	}
}

static void unknown_fields_survive_every_conversion(void **state)
{
	(void)state;
	unknown_fields_survive(false);
}

/* The record of an empty queue keeps its unknown fields. */
static void unknown_fields_of_an_empty_queue_survive(void **state)
{
	struct bytes image = {0}, message = {0};

	(void)state;
	put_magic(&image, MAGIC_PIPES_DATA);
	put_number(&message, 1, 7);
	put_number(&message, 2, 0);
	put_unknown(&message, 1, true);
	put_record(&image, &message, NULL, 0);
	bytes_release(&message);
	put_plain_record(&image, 8, "next");
	scratch_write("from", image.data, image.length);
	bytes_release(&image);
	for (int to = 0; to < LAYOUTS; to++) {
		struct pimg_image *converted;

		convert("from", "to", to, PIMG_FORMAT_KEEP);
		assert_unknown_in("to", 1, true, 1);
		converted = open_whole("to");
		assert_int_equal(pimg_image_queue_count(converted), 2);
		assert_int_equal(pimg_image_queue(converted, 0)->bytes, 0);
		assert_int_equal(pimg_image_queue(converted, 1)->bytes, 4);
		pimg_image_close(converted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_and_version_converts_to_every_other),
		cmocka_unit_test(converting_there_and_back_gives_the_same_file),
		cmocka_unit_test(a_converted_image_equals_a_captured_one),
		cmocka_unit_test(records_of_several_queues_may_be_interleaved),
		cmocka_unit_test(several_plain_records_become_packets),
		cmocka_unit_test(consecutive_stream_records_stay_one_run),
		cmocka_unit_test(datagrams_are_copied_unchanged),
		cmocka_unit_test(an_image_without_queues_stays_without_queues),
		cmocka_unit_test(unknown_fields_survive_every_conversion),
		cmocka_unit_test(unknown_fields_of_an_empty_queue_survive),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
