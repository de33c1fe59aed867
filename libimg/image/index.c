// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/index.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "image/image.h"
#include "pipeimg-private.h"
#include "queue/queue.h"

static int64_t find_or_add_queue(struct pimg_image *image, uint8_t part, uint32_t id,
				 uint64_t first_record, struct pimg_error *error)
{
	int64_t number = queue_table_add_in(&image->table, image->parts[part].set,
					    image->parts[part].type, id, error);

	if (number < (int64_t)image->queue_count)
		return number;
	if (array_make_room(&image->queues, &image->queue_room, image->queue_count + 1,
			    sizeof(*image->queues), error) < 0)
		return -1;
	image->queues[image->queue_count++] = (struct image_queue){
		.info = {.type = image->parts[part].type,
			 .id = id,
			 /* What CRIU writes, unless a record says otherwise. */
			 .layout = PIMG_LAYOUT_SPLICED,
			 .saved_by_hook = image->parts[part].is_saved},
		.part = part,
		.first_record = first_record,
	};
	return number;
}

/* ---- chunks ---- */

static int keep_chunk(struct image_queue *queue, enum pimg_kind kind, struct payload_position place,
		      uint32_t length, struct pimg_error *error)
{
	if (queue->info.chunks == queue->chunk_room) {
		size_t room = queue->chunk_room + queue->chunk_room / 4 + 4;
		struct indexed_chunk *grown = reallocarray(queue->chunks, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		queue->chunks = grown;
		queue->chunk_room = room;
	}
	queue->chunks[queue->info.chunks] = (struct indexed_chunk){
		.at = place.at,
		.offset = queue->info.bytes,
		.head = place.head,
		.length = length,
		.kind = kind,
	};
	return 0;
}

static int add_chunk(struct pimg_image *image, struct image_queue *queue, enum pimg_kind kind,
		     struct payload_position place, uint32_t length, struct pimg_error *error)
{
	if (queue->info.bytes > QUEUE_BYTES_MAX - length)
		return error_check(error, CHECK_TOO_LARGE,
				   "a queue of more than 1 TiB, which no pipe can hold");
	if (!image->unindexed && keep_chunk(queue, kind, place, length, error) < 0)
		return -1;
	queue->info.bytes += length;
	queue->info.chunks++;
	queue->packets_told += kind == PIMG_PACKET;
	return 0;
}

static int add_listed_chunks(struct pimg_image *image, struct image_queue *queue,
			     const struct entry *entry, struct payload_position place,
			     struct pimg_error *error)
{
	struct entry_chunks chunks = entry_chunks_start(entry);
	enum pimg_kind kind;
	uint64_t length;

	while (entry_chunks_next(&chunks, &kind, &length) > 0) {
		if (add_chunk(image, queue, kind, place, (uint32_t)length, error) < 0)
			return -1;
		place.at += length;
		place.head = 0;
	}
	return 0;
}

/* Once records of other queues follow, the queue is usually complete: frees unused room. */
static void trim_chunks(struct image_queue *queue)
{
	struct indexed_chunk *trimmed;

	/* Without an index, no room was allocated. */
	if (queue->scattered || queue->info.chunks >= queue->chunk_room)
		return;
	trimmed = reallocarray(queue->chunks, queue->info.chunks, sizeof(*trimmed));
	if (!trimmed)
		return;
	queue->chunks = trimmed;
	queue->chunk_room = queue->info.chunks;
}

/* ---- ends ---- */

int index_add_end(struct pimg_image *image, struct pimg_queue_info *info, struct holders *holders,
		  const struct pimg_end *end, struct pimg_error *error)
{
	if (image->end_count == ENDS_MAX)
		return error_check(error, CHECK_TOO_MANY,
				   "more than %u ends of pipes, which no machine has", ENDS_MAX);
	image->end_count++;
	return holders_add_end(holders, info, end, error);
}

struct end_adder {
	struct pimg_image *image;
	uint32_t queue;
	struct pimg_error *error;
};

static int add_origin_end(void *context, const struct pimg_end *end)
{
	struct end_adder *adder = context;

	struct image_queue *queue = &adder->image->queues[adder->queue];

	return index_add_end(adder->image, &queue->info, &queue->holders, end, adder->error) < 0
		       ? -2
		       : 0;
}

static int take_origin(struct pimg_image *image, uint32_t number, const struct entry *entry,
		       struct pimg_error *error)
{
	struct image_queue *queue = &image->queues[number];
	struct end_adder adder = {image, number, error};
	bool has_ends = queue->info.end_count;
	int result = origin_decode(entry->origin, entry->origin_length, &queue->origin,
				   has_ends ? NULL : add_origin_end, &adder, error);

	/* Only once, because each record of an image can have an origin. */
	if (!has_ends)
		holders_sort(&queue->holders, &queue->info);
	return result < 0 ? -1 : 0;
}

/* ---- records ---- */

/* Stores what a record says about its complete queue. */
static int take_attributes(struct pimg_image *image, uint32_t number, const struct entry *entry,
			   struct pimg_error *error)
{
	struct image_queue *queue = &image->queues[number];

	if (entry->size)
		queue->info.capacity = entry->size;
	if (queue->records == 1)
		queue->records_promised = entry->records;
	if (!image->parts[queue->part].records++)
		image->parts[queue->part].queues_promised = entry->queues;
	queue->has_kinds |= entry_has_kinds(entry);
	if (entry->has_chunks)
		queue->info.layout = PIMG_LAYOUT_INDEXED;
	else if (queue->has_kinds)
		queue->info.layout = PIMG_LAYOUT_PACKETS;
	return entry->origin ? take_origin(image, number, entry, error) : 0;
}

static void count_record(struct pimg_image *image, uint32_t number)
{
	struct image_queue *queue = &image->queues[number];

	if (image->latest_queue != number) {
		queue->scattered |= queue->records > 0;
		trim_chunks(&image->queues[image->latest_queue]);
		image->latest_queue = number;
	}
	queue->records++;
}

static int take_content(struct pimg_image *image, uint32_t number, const struct entry *entry,
			struct payload_position place, struct pimg_error *error)
{
	struct image_queue *queue = &image->queues[number];
	bool socket = queue->info.type == PIMG_SOCKET;

	if (!socket && take_attributes(image, number, entry, error) < 0)
		return -1;
	if (entry->has_chunks && !socket)
		return add_listed_chunks(image, queue, entry, place, error);
	if (!entry->bytes && !socket)
		return 0;
	if (entry->has_scm &&
	    flights_add(&image->flights, number, queue->info.chunks, entry, error) < 0)
		return -1;
	queue->full_records++;
	return add_chunk(image, queue, socket ? PIMG_PACKET : entry->kind, place, entry->bytes,
			 error);
}

/* Whether a record is CRIU's own record of a queue that the hook saved. */
static bool is_replaced(struct pimg_image *image, uint8_t part, const struct entry *entry)
{
	int64_t found =
		part && image->parts[part - 1].is_saved
			? queue_table_find(&image->table, image->parts[part].type, entry->id)
			: -1;

	if (found < 0 || image->queues[found].part == part)
		return false;
	image->parts[part].replaced += !image->queues[found].replaces;
	image->queues[found].replaces = true;
	if (!image->parts[part].records++)
		image->parts[part].queues_promised = entry->queues;
	return true;
}

int index_record(struct pimg_image *image, uint8_t part, const struct entry *entry,
		 struct payload_position place, struct pimg_error *error)
{
	int64_t number;
	int result;

	if (is_replaced(image, part, entry))
		return 0;
	number = find_or_add_queue(image, part, entry->id, place.at - place.head, error);
	if (number < 0)
		return -1;
	count_record(image, (uint32_t)number);
	result = take_content(image, (uint32_t)number, entry, place, error);
	image_settle_kinds(&image->queues[number]);
	return result;
}

void index_note_cut(struct pimg_image *image, size_t part, const struct entry *broken)
{
	struct image_queue *latest;
	int64_t found;

	if (broken) {
		found = queue_table_find_in(&image->table, image->parts[part].set,
					    image->parts[part].type, broken->id);
		if (found >= 0)
			image->queues[found].may_be_cut = true;
		return;
	}
	if (!image->queue_count)
		return;
	latest = &image->queues[image->latest_queue];
	/* A queue that gives its number of records is checked by that number. */
	if (latest->part == part && !latest->records_promised)
		latest->may_be_cut = true;
}

/* ---- checks after all records are read ---- */

/* CRIU merged the packets of a writer in packet mode, and kept only the flag. */
static void find_lost_boundaries(struct pimg_image *image)
{
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;

		if (info->layout != PIMG_LAYOUT_SPLICED || !info->bytes)
			continue;
		for (size_t j = 0; j < info->end_count; j++)
			info->boundaries_lost |= pimg_end_packet_mode(pimg_end_at(info->ends, j));
	}
}

/*
 * The first records give the numbers of records and queues, so that truncation between two records is
 * detected.
 */
static int check_promises(struct pimg_image *image, struct pimg_error *error)
{
	uint64_t queues[ALL_PARTS_MAX] = {0};
	struct pimg_error damage;

	for (size_t i = 0; i < image->queue_count; i++) {
		struct image_queue *queue = &image->queues[i];

		queues[queue->part]++;
		if (!queue->records_promised || queue->records_promised == queue->records)
			continue;
		queue->may_be_cut |= queue->records < queue->records_promised;
		error_check(&damage, CHECK_RECORDS_MISSING,
			    "%" PRIu64 " record%s, but the first one says %" PRIu32, queue->records,
			    PLURAL_S(queue->records), queue->records_promised);
		error_of_queue(&damage, queue->info.type, queue->info.id);
		error_in_file(&damage, source_name(image->parts[queue->part].source));
		if (image_note_damage(image, &damage, error) < 0)
			return -1;
	}
	for (size_t i = 0; i < image->part_count; i++) {
		const struct part *part = &image->parts[i];

		queues[i] += part->replaced;
		if (!part->queues_promised || part->queues_promised == queues[i] || image->partial)
			continue;
		error_check(&damage, CHECK_QUEUES_MISSING,
			    "%" PRIu64 " queue%s, but the first record says %" PRIu32, queues[i],
			    PLURAL_S(queues[i]), part->queues_promised);
		error_in_file(&damage, source_name(part->source));
		if (image_note_damage(image, &damage, error) < 0)
			return -1;
	}
	return 0;
}

int index_finish(struct pimg_image *image, struct pimg_error *error)
{
	if (check_promises(image, error) < 0)
		return -1;
	if (image->queue_count)
		trim_chunks(&image->queues[image->latest_queue]);
	/* The ends in the directory come by process, not by queue. */
	for (size_t i = 0; i < image->queue_count; i++)
		holders_sort(&image->queues[i].holders, &image->queues[i].info);
	for (size_t i = 0; i < image->unsaved_count; i++)
		holders_sort(&image->unsaved[i].holders, &image->unsaved[i].info);
	find_lost_boundaries(image);
	return 0;
}
