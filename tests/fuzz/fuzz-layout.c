// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input selects queues that a pipe could contain, and how they are written. Reading them back
 * must give the same queues, and verifying must find nothing.
 */
#include <string.h>

#include "agree.h"
#include "scratch.h"
#include "target.h"

/* The bytes left of the input; zeros follow its end. */
struct choices {
	const uint8_t *at, *end;
};

static uint64_t choose_long(struct choices *choices, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | (choices->at < choices->end ? *choices->at++ : 0);
	return value;
}

static uint32_t choose(struct choices *choices, unsigned bytes)
{
	return (uint32_t)choose_long(choices, bytes);
}

static struct pimg_origin choose_origin(struct choices *choices)
{
	struct pimg_origin origin = {.known = choose(choices, 1) & 15};

	if (origin.known & PIMG_ORIGIN_TIME)
		origin.captured_at_ns = choose_long(choices, 8);
	if (origin.known & PIMG_ORIGIN_PAGE)
		origin.page_size = 4096U << choose(choices, 1) % 5;
	if (origin.known & PIMG_ORIGIN_OWNER) {
		origin.uid = choose(choices, 4);
		origin.gid = choose(choices, 4);
	}
	if (origin.known & PIMG_ORIGIN_MODE)
		origin.mode = choose(choices, 2) & 07777;
	return origin;
}

/* Each belongs to a later process than the previous one, as in a capture. */
static struct pimg_end choose_end(struct choices *choices, uint32_t pid_before)
{
	struct pimg_end end = {.pid = pid_before + 1};
	size_t length;

	end.pid += choose(choices, 2);
	end.fd = choose(choices, 1);
	end.flags = choose(choices, 4);
	length = choose(choices, 1) % sizeof(end.comm);
	for (size_t i = 0; i < length; i++)
		end.comm[i] = (char)(choose(choices, 1) % 255 + 1);
	return end;
}

static void add_ends(struct choices *choices, struct pimg_queue *queue)
{
	unsigned count = choose(choices, 1) % 4;
	struct pimg_end end = {0};

	for (unsigned i = 0; i < count; i++) {
		end = choose_end(choices, end.pid);
		CLAIM(pimg_queue_add_end(queue, &end, NULL) == 0, "end %u", i);
	}
}

static void append(struct pimg_queue *queue, enum pimg_kind kind, uint8_t seed, size_t length)
{
	static uint8_t bytes[65536];
	size_t before = pimg_queue_chunk_count(queue);
	struct pimg_error error;
	int result;

	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(seed + i * (seed | 1) + (i >> 8));
	result = pimg_queue_append(queue, kind, bytes, length, &error);
	if (length) {
		CLAIM(result == 0, "%s", error.sentence);
		return;
	}
	CLAIM(result == (kind == PIMG_PACKET ? -1 : 0), "no bytes");
	CLAIM(pimg_queue_chunk_count(queue) == before, "no bytes");
}

/* Only as many as the slots of a pipe can contain. */
static void add_chunks(struct choices *choices, struct pimg_queue *queue, uint32_t page,
		       uint32_t slots)
{
	while (choices->at < choices->end) {
		uint8_t head = (uint8_t)choose(choices, 1);
		enum pimg_kind kind = head & 1 ? PIMG_PACKET : PIMG_STREAM;
		uint32_t length = head & 2 ? choose(choices, 1) : choose(choices, 2);
		uint32_t needed;

		if (head & 4) /* the last chunk of the queue */
			return;
		if (kind == PIMG_PACKET && length > page)
			length = page;
		needed = (length + page - 1) / page;
		if (needed > slots)
			return;
		slots -= needed;
		append(queue, kind, head, length);
	}
}

static struct pimg_queue *choose_queue(struct choices *choices, enum pimg_type type, uint32_t id)
{
	struct pimg_origin origin = choose_origin(choices);
	uint32_t page = origin.page_size ? origin.page_size : 4096;
	unsigned slots_log = choose(choices, 1);
	uint32_t slots = 1U << slots_log % 9;
	/* An image need not record the capacity. */
	struct pimg_queue *queue = pimg_queue_new(type, id, slots_log & 128 ? 0 : slots * page);

	CLAIM(queue, "memory");
	pimg_queue_set_origin(queue, &origin);
	add_ends(choices, queue);
	add_chunks(choices, queue, page, slots);
	return queue;
}

/* ---- write and read back ---- */

static void write_image(const struct pimg_writer_options *options, enum pimg_type type,
			struct pimg_queue *const *queues, size_t count)
{
	struct pimg_error error;
	struct pimg_writer *writer = pimg_writer_open(scratch_path("image"), type, options, &error);

	CLAIM(writer, "%s", error.sentence);
	for (size_t i = 0; i < count; i++)
		CLAIM(pimg_writer_put(writer, queues[i], &error) == 0, "%s", error.sentence);
	CLAIM(pimg_writer_commit(writer, &error) == 0, "%s", error.sentence);
}

static void same_origin(const struct pimg_queue *wanted, const struct pimg_queue *found)
{
	const struct pimg_origin *a = pimg_queue_origin(wanted), *b = pimg_queue_origin(found);

	CLAIM(a->known == b->known && a->captured_at_ns == b->captured_at_ns &&
		      a->page_size == b->page_size && a->uid == b->uid && a->gid == b->gid &&
		      a->mode == b->mode,
	      "the origin of queue %u", pimg_queue_id(wanted));
	CLAIM(pimg_queue_end_count(wanted) == pimg_queue_end_count(found), "%zu ends; %zu",
	      pimg_queue_end_count(wanted), pimg_queue_end_count(found));
	for (size_t i = 0; i < pimg_queue_end_count(wanted); i++)
		CLAIM(!memcmp(pimg_queue_end(wanted, i), pimg_queue_end(found, i),
			      sizeof(struct pimg_end)),
		      "end %zu of queue %u", i, pimg_queue_id(wanted));
}

static void same_queue(enum pimg_layout layout, const struct pimg_queue *wanted,
		       const struct pimg_queue *found)
{
	uint64_t bytes = pimg_queue_bytes(wanted);
	struct pimg_error error;

	CLAIM(pimg_queue_id(wanted) == pimg_queue_id(found), "%u", pimg_queue_id(wanted));
	CLAIM(pimg_queue_capacity(wanted) == pimg_queue_capacity(found), "capacity");
	if (layout == PIMG_LAYOUT_SPLICED) {
		CLAIM(bytes == pimg_queue_bytes(found), "bytes");
		CLAIM(!bytes || !memcmp(pimg_queue_data(wanted), pimg_queue_data(found), bytes),
		      "data");
		return;
	}
	CLAIM(pimg_queue_equal(wanted, found, &error), "%s", error.sentence);
	same_origin(wanted, found);
}

static void image_has(enum pimg_layout layout, struct pimg_queue *const *queues, size_t count)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(scratch_path("image"), NULL, &error);

	CLAIM(image, "%s", error.sentence);
	CLAIM(!pimg_image_damage(image), "%s", pimg_image_damage(image)->sentence);
	CLAIM(pimg_image_queue_count(image) == count, "%zu queues", count);
	for (size_t i = 0; i < count; i++) {
		struct pimg_queue *found = pimg_image_load(image, i, &error);

		CLAIM(found, "%s", error.sentence);
		same_queue(layout, queues[i], found);
		pimg_queue_free(found);
	}
	pimg_image_close(image);
}

static void nothing_is_found(void)
{
	struct pimg_verify_summary summary = verified(scratch_path("image"));

	CLAIM(!summary.findings[PIMG_ERROR], "an error");
	CLAIM(!summary.findings[PIMG_WARNING], "a warning");
}

/* ---- the target ---- */

static void remove_scratch(void)
{
	scratch_remove(NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (scratch_make(NULL) < 0)
		abort();
	atexit(remove_scratch);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { QUEUES_MOST = 4 };
	struct choices choices = {data, data + size};
	uint32_t head = choose(&choices, 1), id = choose(&choices, 4);
	size_t count = 1 + (head >> 4) % QUEUES_MOST;
	enum pimg_type type = head & 4 ? PIMG_FIFO : PIMG_PIPE;
	struct pimg_writer_options options = {
		.layout = (enum pimg_layout)((head & 3) % 3),
		.replace = true,
		.format = head & 8 ? PIMG_FORMAT_1_0 : PIMG_FORMAT_1_1,
		.queue_count = head & 128 ? (uint32_t)count : 0,
	};
	struct pimg_queue *queues[QUEUES_MOST];

	for (size_t i = 0; i < count; i++)
		queues[i] = choose_queue(&choices, type, id + (uint32_t)i);
	write_image(&options, type, queues, count);
	image_has(options.layout, queues, count);
	nothing_is_found();
	for (size_t i = 0; i < count; i++)
		pimg_queue_free(queues[i]);
	return 0;
}
