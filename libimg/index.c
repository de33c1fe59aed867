// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/decode.h"
#include "image.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "queue.h"

static int64_t find_or_add_queue(struct pimg_image *image, uint8_t part, uint32_t id,
				 uint64_t first_record, struct pimg_error *error)
{
	int64_t number = queue_table_add(&image->table, image->parts[part].type, id, error);

	if (number < (int64_t)image->queue_count)
		return number;
	if (image->queue_count == image->queue_room) {
		size_t room = image->queue_room ? image->queue_room * 2 : 16;
		struct image_queue *grown = reallocarray(image->queues, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		image->queues = grown;
		image->queue_room = room;
	}
	image->queues[image->queue_count++] = (struct image_queue){
		.info = {.type = image->parts[part].type, .id = id},
		.part = part,
		.first_record = first_record,
	};
	return number;
}

/* Where a record's payload is. */
struct place {
	uint64_t at;   /* in the file */
	uint32_t head; /* bytes from the start of the record to it */
};

/* There is room for it. */
static void keep_chunk(struct pimg_image *image, uint32_t queue_number, enum pimg_kind kind,
		       struct place place, uint32_t length)
{
	if (image->chunk_count &&
	    image->chunks[image->chunk_count - 1].queue_and_kind >> 1 > queue_number)
		image->interleaved = true;
	image->chunks[image->chunk_count++] = (struct indexed_chunk){
		.at = place.at,
		.offset = image->queues[queue_number].info.bytes,
		.head = place.head,
		.length = length,
		.queue_and_kind = queue_number << 1 | (kind == PIMG_PACKET),
	};
}

static int add_chunk(struct pimg_image *image, uint32_t queue_number, enum pimg_kind kind,
		     struct place place, uint32_t length, struct pimg_error *error)
{
	struct image_queue *queue = &image->queues[queue_number];

	if (queue->info.bytes > QUEUE_BYTES_MAX - length)
		return error_check(error, CHECK_TOO_LARGE,
				   "a queue of more than 1 TiB, which no pipe can hold");
	if (!image->unindexed && image->chunk_count == image->chunk_room) {
		size_t room = image->chunk_room + image->chunk_room / 4 + 64;
		struct indexed_chunk *grown = reallocarray(image->chunks, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		image->chunks = grown;
		image->chunk_room = room;
	}
	if (!image->unindexed)
		keep_chunk(image, queue_number, kind, place, length);
	queue->info.bytes += length;
	queue->info.chunks++;
	queue->info.packets += kind == PIMG_PACKET;
	return 0;
}

struct end_adder {
	struct pimg_image *image;
	uint32_t queue;
	struct pimg_error *error;
};

int index_add_end(struct pimg_image *image, uint32_t queue, const struct pimg_end *end,
		  struct pimg_error *error)
{
	if (image->end_count == ENDS_MAX)
		return error_check(error, CHECK_TOO_MANY,
				   "more than %u ends of pipes, which no machine has", ENDS_MAX);
	if (image->end_count == image->end_room) {
		size_t room = image->end_room ? image->end_room * 2 : 16;
		struct tagged_end *grown = reallocarray(image->found_ends, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		image->found_ends = grown;
		image->end_room = room;
	}
	image->found_ends[image->end_count++] = (struct tagged_end){*end, queue};
	image->queues[queue].info.end_count++;
	return 0;
}

static int add_origin_end(void *context, const struct pimg_end *end)
{
	struct end_adder *adder = context;

	return index_add_end(adder->image, adder->queue, end, adder->error) < 0 ? -2 : 0;
}

static int add_listed_chunks(struct pimg_image *image, uint32_t queue, const struct entry *entry,
			     struct place place, struct pimg_error *error)
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

/* What a record tells of its queue as a whole. */
static int take_attributes(struct pimg_image *image, uint32_t number, const struct entry *entry,
			   struct pimg_error *error)
{
	struct image_queue *queue = &image->queues[number];
	struct end_adder adder = {image, number, error};

	if (entry->size)
		queue->info.capacity = entry->size;
	if (queue->records == 1)
		queue->records_promised = entry->records;
	if (!image->parts[queue->part].records++)
		image->parts[queue->part].queues_promised = entry->queues;
	queue->marked |= entry_is_marked(entry);
	if (entry->has_chunks)
		queue->info.layout = PIMG_LAYOUT_INDEXED;
	else if (queue->marked)
		queue->info.layout = PIMG_LAYOUT_PACKETS;
	if (!entry->origin)
		return 0;
	return origin_decode(entry->origin, entry->origin_length, &queue->info.origin,
			     queue->info.end_count ? NULL : add_origin_end, &adder, error) < 0
		       ? -1
		       : 0;
}

/*
 * Takes a record into the index, with its payload still ahead in the source. Of a record that is cut
 * short nothing is taken.
 */
static int index_record(struct pimg_image *image, uint8_t part, const struct entry *entry,
			struct place place, struct pimg_error *error)
{
	int64_t number = find_or_add_queue(image, part, entry->id, place.at - place.head, error);
	bool socket = image->parts[part].type == PIMG_SOCKET;
	uint32_t queue = (uint32_t)number;
	enum pimg_kind kind = socket ? PIMG_PACKET : entry->kind;

	if (number < 0)
		return -1;
	image->queues[queue].scattered |=
		image->queues[queue].records && image->latest_queue != queue;
	image->latest_queue = queue;
	image->queues[queue].records++;
	if (!socket && take_attributes(image, queue, entry, error) < 0)
		return -1;
	if (entry->has_chunks && !socket)
		return add_listed_chunks(image, queue, entry, place, error);
	if (!entry->bytes && !socket)
		return 0;
	image->queues[queue].full_records++;
	return add_chunk(image, queue, kind, place, entry->bytes, error);
}

static int report_progress(struct pimg_image *image, const struct source *source,
			   struct pimg_error *error)
{
	uint64_t done = source_offset(source);

	if (!image->progress || done < image->progress_next)
		return 0;
	image->progress_next = done + 65536;
	if (image->progress(image->progress_context, done, source_length(source))) {
		error_interrupted(error);
		return error_in_file(error, source_name(source));
	}
	return 0;
}

/* Reads one record: its message, and past its payload. Returns 1, 0 at the end, or -1. */
static int read_record(struct pimg_image *image, uint8_t part, struct record_reader *reader,
		       struct pimg_error *error)
{
	_cleanup_free_ uint8_t *kept = NULL;
	struct record record;
	struct entry entry;
	struct place place;
	int64_t passed;
	int result = record_next(reader, &record, error);

	if (result <= 0)
		return result;
	if (entry_decode(&entry, image->parts[part].type, record.message, record.message_length,
			 error) < 0) {
		if (entry.has_id)
			error_of_pipe(error, entry.id);
		return record_error(reader, &record, error);
	}
	place.at = source_offset(reader->source);
	place.head = 4 + record.message_length;
	if (entry.has_chunks || entry.origin) {
		/* Passing the payload moves the window; these are needed after it. */
		if (entry.has_chunks && entry_check_chunks(&entry, error) < 0)
			goto bad_record;
		kept = malloc(record.message_length);
		if (!kept)
			return error_memory(error);
		memcpy(kept, record.message, record.message_length);
		entry.origin = entry.origin ? kept + (entry.origin - entry.message) : NULL;
		entry.message = kept;
	}
	passed = source_skip(reader->source, entry.bytes, error);
	if (passed < 0)
		return -1;
	if (passed < entry.bytes) {
		error_check(error, CHECK_PAYLOAD_CUT,
			    "the file ends after %" PRId64 " of %u bytes of a payload", passed,
			    entry.bytes);
		goto bad_record;
	}
	if (index_record(image, part, &entry, place, error) < 0)
		goto bad_record;
	return report_progress(image, reader->source, error) < 0 ? -1 : 1;
bad_record:
	error_of_pipe(error, entry.id);
	return record_error(reader, &record, error);
}

int index_read_part(struct pimg_image *image, struct record_reader *reader,
		    struct pimg_error *error)
{
	uint8_t part = (uint8_t)(image->part_count - 1);
	struct pimg_error damage;
	int result;

	image->progress_next = 0;
	do {
		result = read_record(image, part, reader, &damage);
	} while (result > 0);
	return result < 0 ? image_note_damage(image, &damage, error) : 0;
}

/* ---- what can be told only once all records are read ---- */

/*
 * Several records of a pipe without kind are packets: the packets layout before it had kinds. One
 * alone is what CRIU writes.
 */
static bool are_unmarked_packets(const struct image_queue *queue)
{
	return queue->info.type != PIMG_SOCKET && !queue->marked && queue->full_records > 1;
}

static void settle_kinds(struct pimg_image *image)
{
	for (size_t i = 0; i < image->chunk_count; i++) {
		struct indexed_chunk *chunk = &image->chunks[i];

		if (are_unmarked_packets(&image->queues[chunk->queue_and_kind >> 1]))
			chunk->queue_and_kind |= 1;
	}
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;

		if (!are_unmarked_packets(&image->queues[i]))
			continue;
		info->layout = PIMG_LAYOUT_PACKETS;
		info->packets = info->chunks;
	}
}

static int by_queue_and_offset(const void *a, const void *b)
{
	const struct indexed_chunk *x = a, *y = b;
	uint32_t p = x->queue_and_kind >> 1, q = y->queue_and_kind >> 1;

	if (p != q)
		return p < q ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static void sort_chunks(struct pimg_image *image)
{
	size_t first = 0;

	if (image->interleaved)
		qsort(image->chunks, image->chunk_count, sizeof(*image->chunks),
		      by_queue_and_offset);
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;

		image->queues[i].first_chunk = first;
		first += info->chunks;
		info->mode = queue_mode(info->chunks, info->packets);
	}
}

static int by_queue(const void *a, const void *b)
{
	const struct tagged_end *x = a, *y = b;

	if (x->queue != y->queue)
		return x->queue < y->queue ? -1 : 1;
	if (x->end.pid != y->end.pid)
		return x->end.pid < y->end.pid ? -1 : 1;
	return (x->end.fd > y->end.fd) - (x->end.fd < y->end.fd);
}

static int sort_ends(struct pimg_image *image, struct pimg_error *error)
{
	size_t first = 0;

	if (!image->end_count)
		return 0;
	qsort(image->found_ends, image->end_count, sizeof(*image->found_ends), by_queue);
	image->ends = calloc(image->end_count, sizeof(*image->ends));
	if (!image->ends)
		return error_memory(error);
	for (size_t i = 0; i < image->end_count; i++)
		image->ends[i] = image->found_ends[i].end;
	for (size_t i = 0; i < image->queue_count; i++) {
		image->queues[i].info.ends = image->ends + first;
		first += image->queues[i].info.end_count;
	}
	free(take_pointer(image->found_ends));
	return 0;
}

/* CRIU merged what a packet-mode writer wrote, and kept no trace of it but the flag. */
static void find_lost_boundaries(struct pimg_image *image)
{
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;

		if (info->layout != PIMG_LAYOUT_SPLICED || !info->bytes)
			continue;
		for (size_t j = 0; j < info->end_count; j++)
			info->boundaries_lost |= pimg_end_packet_mode(&info->ends[j]);
	}
}

/*
 * The first records tell how many there are, so that a file that was cut between two of them is not
 * taken for a whole one.
 */
static int check_promises(struct pimg_image *image, struct pimg_error *error)
{
	uint64_t queues[PARTS_MAX] = {0};
	struct pimg_error damage;

	for (size_t i = 0; i < image->queue_count; i++) {
		const struct image_queue *queue = &image->queues[i];

		queues[queue->part]++;
		if (!queue->records_promised || queue->records_promised == queue->records)
			continue;
		error_check(&damage, CHECK_RECORDS_MISSING,
			    "%" PRIu64 " records where the first tells of %" PRIu32, queue->records,
			    queue->records_promised);
		error_of_pipe(&damage, queue->info.id);
		error_in_file(&damage, source_name(image->parts[queue->part].source));
		if (image_note_damage(image, &damage, error) < 0)
			return -1;
	}
	for (size_t i = 0; i < image->part_count; i++) {
		const struct part *part = &image->parts[i];

		if (!part->queues_promised || part->queues_promised == queues[i])
			continue;
		error_check(&damage, CHECK_QUEUES_MISSING,
			    "%" PRIu64 " queues where the first record tells of %" PRIu32,
			    queues[i], part->queues_promised);
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
	settle_kinds(image);
	sort_chunks(image);
	if (sort_ends(image, error) < 0)
		return -1;
	find_lost_boundaries(image);
	return 0;
}
