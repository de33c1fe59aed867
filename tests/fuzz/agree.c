// SPDX-License-Identifier: GPL-2.0-or-later
#include "agree.h"

#include <string.h>

#include "pipeimg-private.h"
#include "target.h"

/* Queues above this size are read in pieces instead of loaded: see PI407. */
#define LOADED_MAX (64U * 1024 * 1024)

/* ---- verifying ---- */

static int count_finding(void *context, const struct pimg_check *check,
			 const struct pimg_error *finding, enum pimg_type type)
{
	uint64_t *counts = context;
	char text[2048];

	CLAIM(finding->status == PIMG_BAD_DATA, "%s", check->id);
	CLAIM(check == pimg_check_by_id(finding->check), "%s", check->id);
	CLAIM(finding->sentence[0], "%s", check->id);
	CLAIM(finding->pipe == PIMG_NONE || pimg_type_name(type), "%s", check->id);
	pimg_error_format(finding, text, sizeof(text));
	counts[check->severity]++;
	return 0;
}

struct pimg_verify_summary verified(const char *path)
{
	struct pimg_verify_summary summary = {0};
	struct pimg_error error;
	uint64_t counts[3] = {0};
	int result = pimg_verify(path,
				 &(struct pimg_verify_options){.flags = PIMG_VERIFY_ANYWHERE,
							       .found = count_finding,
							       .context = counts},
				 &summary, &error);

	CLAIM(result == 0, "pimg_verify: %s", error.sentence);
	CLAIM(!memcmp(counts, summary.findings, sizeof(counts)), "findings and summary differ");
	return summary;
}

/* ---- reading ---- */

/* Each offset belongs to exactly one chunk, and can be read. */
static void chunks_are_in_order(struct pimg_image *image, size_t number)
{
	const struct pimg_queue_info *info = pimg_image_queue(image, number);
	uint64_t bytes = 0;
	size_t packets = 0;

	for (size_t i = 0; i < info->chunks; i++) {
		struct pimg_chunk chunk = pimg_image_chunk(image, number, i);
		struct pimg_error error;
		uint8_t byte;

		CLAIM(chunk.offset == bytes, "queue %zu, chunk %zu", number, i);
		CLAIM(chunk.length || info->type == PIMG_SOCKET, "queue %zu, chunk %zu", number, i);
		bytes += chunk.length;
		packets += chunk.kind == PIMG_PACKET;
		CLAIM(!chunk.length || pimg_image_read(image, number, i, chunk.length - 1, &byte, 1,
						       &error) == 0,
		      "%s", error.sentence);
		CLAIM(pimg_image_read(image, number, i, chunk.length, &byte, 1, &error) < 0 &&
			      error.status == PIMG_USAGE,
		      "a byte after chunk %zu of queue %zu can be read", i, number);
	}
	CLAIM(bytes == info->bytes, "queue %zu", number);
	CLAIM(packets == info->packets, "queue %zu", number);
}

static void attributes_make_sense(const struct pimg_image *image, size_t number)
{
	const struct pimg_queue_info *info = pimg_image_queue(image, number);

	CLAIM(pimg_type_name(info->type) && pimg_mode_name(info->mode) &&
		      pimg_layout_name(info->layout),
	      "queue %zu", number);
	CLAIM((info->mode == PIMG_MODE_EMPTY) == !info->chunks, "queue %zu", number);
	for (size_t i = 0; i < info->end_count; i++) {
		const struct pimg_end *end = pimg_end_at(info->ends, i);

		CLAIM(pimg_end_reads(end) || pimg_end_writes(end), "queue %zu, end %zu", number, i);
		CLAIM(memchr(end->comm, '\0', sizeof(end->comm)), "queue %zu, end %zu", number, i);
	}
}

/* The loaded queue equals the one in the file; adjacent stream runs are merged. */
static void loaded_is_read(struct pimg_image *image, size_t number, const struct pimg_queue *queue)
{
	const struct pimg_queue_info *info = pimg_image_queue(image, number);
	const uint8_t *data = pimg_queue_data(queue);
	struct pimg_error error;

	CLAIM(pimg_queue_id(queue) == info->id, "queue %zu", number);
	CLAIM(pimg_queue_bytes(queue) == info->bytes, "queue %zu", number);
	CLAIM(pimg_queue_packet_count(queue) == info->packets, "queue %zu", number);
	CLAIM(pimg_queue_chunk_count(queue) <= info->chunks, "queue %zu", number);
	CLAIM(pimg_queue_end_count(queue) == info->end_count, "queue %zu", number);
	for (size_t i = 0; i < info->chunks; i++) {
		struct pimg_chunk chunk = pimg_image_chunk(image, number, i);
		uint8_t bytes[64];
		size_t length = chunk.length < sizeof(bytes) ? chunk.length : sizeof(bytes);

		CLAIM(pimg_image_read(image, number, i, 0, bytes, length, &error) == 0, "%s",
		      error.sentence);
		CLAIM(!length || !memcmp(bytes, data + chunk.offset, length),
		      "queue %zu, chunk %zu", number, i);
	}
}

/* Returns whether the queue can be loaded, or is just too large. */
static bool queue_loads(struct pimg_image *image, size_t number)
{
	struct pimg_error error;
	struct pimg_queue *queue = pimg_image_load(image, number, &error);

	if (!queue) {
		CLAIM(error.status == PIMG_BAD_DATA, "%s", error.sentence);
		return pimg_image_queue(image, number)->bytes > LOADED_MAX;
	}
	loaded_is_read(image, number, queue);
	pimg_queue_free(queue);
	return true;
}

/* ---- growing ---- */

static void grow(struct pimg_image *image)
{
	uint64_t step = 100;
	struct pimg_error error;
	int result;

	/* Increasing steps, for images that are large but have few bytes. */
	while ((result = pimg_image_grow(image, step, NULL, NULL, &error)) > 0) {
		size_t queues = pimg_image_queue_count(image);

		step *= 2;

		/* Inspecting it in between must not change the result. */
		if (queues)
			chunks_are_in_order(image, queues - 1);
	}
	CLAIM(result == 0, "%s", error.sentence);
}

static void same_info(const struct pimg_queue_info *whole, const struct pimg_queue_info *grown)
{
	CLAIM(whole->type == grown->type && whole->id == grown->id &&
		      whole->capacity == grown->capacity && whole->mode == grown->mode &&
		      whole->layout == grown->layout && whole->bytes == grown->bytes &&
		      whole->chunks == grown->chunks && whole->packets == grown->packets &&
		      whole->boundaries_lost == grown->boundaries_lost &&
		      whole->end_count == grown->end_count,
	      "queue %u differs after growing", whole->id);
}

/* An image that grew in steps equals one that was opened completely. */
static void grows_to_the_same(const char *path, const struct pimg_image *whole)
{
	struct pimg_error error;
	struct pimg_image *grown = pimg_image_open(
		path, &(struct pimg_open_options){.flags = PIMG_OPEN_GROWING}, &error);

	CLAIM(grown, "%s", error.sentence);
	grow(grown);
	CLAIM(!pimg_image_damage(whole) == !pimg_image_damage(grown), "damage after growing");
	CLAIM(pimg_image_queue_count(whole) == pimg_image_queue_count(grown),
	      "queues after growing");
	for (size_t i = 0; i < pimg_image_queue_count(whole); i++)
		same_info(pimg_image_queue(whole, i), pimg_image_queue(grown, i));
	pimg_image_close(grown);
}

/* Each process follows its parent, if that is above it. */
static void processes_are_a_tree(struct pimg_image *image)
{
	uint32_t before = 0;

	for (size_t i = 0; i < pimg_image_task_count(image); i++) {
		struct pimg_task task = {.size = sizeof(task)};
		char text[PIMG_RESOURCE_SIZE];

		pimg_image_task(image, i, &task);
		CLAIM(task.depth <= (i ? before + 1 : 0), "process %zu", i);
		CLAIM(task.comm && pimg_task_state_name(task.state), "process %zu", i);
		CLAIM(!task.command || !task.command[task.command_bytes - 1], "process %zu", i);
		before = task.depth;
		for (size_t j = 0; j < task.descriptor_count; j++) {
			struct pimg_descriptor descriptor = {.size = sizeof(descriptor)};

			pimg_image_task_descriptor(image, i, j, &descriptor);
			CLAIM(!descriptor.has_record || descriptor.queue->id == descriptor.id,
			      "process %zu, descriptor %zu", i, j);
			pimg_descriptor_resource(&descriptor, text, sizeof(text));
		}
	}
}

/* Processes are kept in addition, and change nothing else. */
static void has_the_same_with_processes(const char *path, struct pimg_image *whole)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(
		path, &(struct pimg_open_options){.flags = PIMG_OPEN_TASKS | PIMG_OPEN_UNINDEXED},
		&error);

	CLAIM(image, "%s", error.sentence);
	CLAIM(!pimg_image_damage(whole) == !pimg_image_damage(image), "damage with processes");
	CLAIM(pimg_image_queue_count(whole) == pimg_image_queue_count(image),
	      "queues with processes");
	processes_are_a_tree(image);
	pimg_image_close(image);
}

/* Returns whether a reader finds no damage in the image. */
static bool image_reads(const char *path)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(path, NULL, &error);
	bool whole;

	if (!image) {
		CLAIM(error.status == PIMG_BAD_DATA, "%s", error.sentence);
		return false;
	}
	whole = !pimg_image_damage(image);
	CLAIM(pimg_image_name(image) && (whole || pimg_image_damage(image)->sentence[0]),
	      "an image without a name, or damage without a sentence");
	for (size_t i = 0; i < pimg_image_queue_count(image); i++) {
		attributes_make_sense(image, i);
		chunks_are_in_order(image, i);
		whole &= queue_loads(image, i);
	}
	grows_to_the_same(path, image);
	has_the_same_with_processes(path, image);
	pimg_image_close(image);
	return whole;
}

void readers_agree(const char *path)
{
	bool reads = image_reads(path);
	struct pimg_verify_summary summary = verified(path);

	CLAIM(reads || summary.findings[PIMG_ERROR],
	      "reading finds damage, but verifying finds no error");
}
