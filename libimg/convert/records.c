// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/records.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "convert/boundaries.h"
#include "format/layout.h"
#include "format/origin.h"
#include "image/grow.h"

/* ---- fields that are copied ---- */

static int append_unknown(struct convert *convert, const uint8_t *field, size_t length,
			  struct pimg_error *error)
{
	size_t needed = convert->unknown_length + length;

	if (needed > RECORD_MESSAGE_MAX)
		return error_data(error, "unknown fields of more than %u bytes in total",
				  RECORD_MESSAGE_MAX);
	if (array_make_room(&convert->unknown, &convert->unknown_room, needed, 1, error) < 0)
		return -1;
	memcpy(convert->unknown + convert->unknown_length, field, length);
	convert->unknown_length = needed;
	return 0;
}

static int collect_unknown(struct convert *convert, const struct entry *entry,
			   struct pimg_error *error)
{
	const uint8_t *at = entry->message, *field;
	size_t length;

	if (!entry->unknown_field)
		return 0;
	while (entry_next_unknown(entry, &at, &field, &length)) {
		if (append_unknown(convert, field, length, error) < 0)
			return -1;
	}
	return 0;
}

/* Records that are joined must all have the same origin. */
static int check_same_origin(const struct convert *convert, const struct entry *entry,
			     struct pimg_error *error)
{
	if (entry->origin_length == convert->origin_length &&
	    !memcmp(entry->origin, convert->origin_bytes, entry->origin_length))
		return 0;
	return error_data(error, "several origins of one queue, but only one can be kept");
}

/* protobuf-c keeps unknown fields of the origin. */
static int collect_origin(struct convert *convert, const struct entry *entry,
			  struct pimg_error *error)
{
	if (!entry->origin)
		return 0;
	if (convert->origin)
		return check_same_origin(convert, entry, error);
	convert->origin = origin_unpack(entry->origin, entry->origin_length, error);
	if (!convert->origin)
		return -1;
	convert->origin_bytes = malloc(entry->origin_length + 1);
	if (!convert->origin_bytes)
		return error_memory(error);
	memcpy(convert->origin_bytes, entry->origin, entry->origin_length);
	convert->origin_length = entry->origin_length;
	return 0;
}

static int collect(struct convert *convert, const struct entry *entry, struct pimg_error *error)
{
	if (collect_unknown(convert, entry, error) < 0)
		return -1;
	return collect_origin(convert, entry, error);
}

/* ---- writing records ---- */

static int write_head(struct convert *convert, PipeDataEntry *entry, struct pimg_error *error)
{
	struct layout_extra extra = {convert->unknown, convert->unknown_length};
	int result;

	entry->origin = entry->has_xxh3 ? convert->origin : NULL;
	convert->in_record = true;
	result = layout_write_head(convert->to, convert->head.byte_order, entry, &extra, error);
	convert->unknown_length = 0;
	convert_drop_origin(convert);
	return result;
}

static int copy_payload(struct convert *convert, struct cursor *cursor, struct pimg_error *error)
{
	const uint8_t *data;
	ssize_t there;

	while ((there = cursor_read(cursor, &data, error)) > 0) {
		if (sink_write(convert->to, data, (size_t)there, error) < 0 ||
		    convert_report_progress(convert, cursor->reader.source, error) < 0)
			return -1;
	}
	return there < 0 ? -1 : 0;
}

/* The fields of every record of a queue, and those of the complete queue in its first record. */
static PipeDataEntry entry_of(const struct convert *convert, const struct image_queue *queue,
			      bool first, uint64_t records)
{
	PipeDataEntry entry = PIPE_DATA_ENTRY__INIT;

	entry.pipe_id = queue->info.id;
	if (!first)
		return entry;
	entry.size = queue->info.capacity;
	entry.has_size = entry.size != 0;
	entry.records = (uint32_t)records;
	entry.has_records = records != 0;
	entry.queues = (uint32_t)convert->from->queue_count;
	entry.has_queues = records && !convert->written;
	return entry;
}

/* ---- the packets layout ---- */

static int write_chunk(struct convert *convert, struct cursor *cursor, PipeDataEntry *entry,
		       uint64_t length, struct pimg_error *error)
{
	entry->bytes = (uint32_t)length;
	entry->has_kind = true;
	entry->kind = cursor->kind == PIMG_PACKET ? CHUNK_KIND__PACKET : CHUNK_KIND__STREAM;
	entry->has_xxh3 = true;
	convert->packets += cursor->kind == PIMG_PACKET;
	if (cursor_hash(cursor, &entry->xxh3, error) < 0 || write_head(convert, entry, error) < 0 ||
	    copy_payload(convert, cursor, error) < 0)
		return -1;
	convert->in_record = false;
	return 0;
}

/* An empty queue has one record, without a kind. */
static int write_empty(struct convert *convert, const struct image_queue *queue,
		       struct pimg_error *error)
{
	PipeDataEntry entry = entry_of(convert, queue, true, 1);

	entry.has_xxh3 = true;
	entry.xxh3 = hash_bytes("", 0);
	if (write_head(convert, &entry, error) < 0)
		return -1;
	convert->in_record = false;
	return 0;
}

/* The number of records of the queue, which is known unless a rule finds the packets. */
static int count_chunks(struct convert *convert, size_t number, uint64_t *count,
			struct pimg_error *error)
{
	const struct image_queue *queue = &convert->from->queues[number];
	_cleanup_cursor_ struct cursor cursor = {0};
	enum pimg_kind kind;
	uint64_t length;
	int result;

	*count = queue->info.chunks;
	if (!convert_rule(convert, &queue->info) && !convert_has_reference(convert, queue))
		return 0;
	if (convert_open_cursor(convert, &cursor, number, error) < 0)
		return -1;
	for (*count = 0; (result = cursor_next_chunk(&cursor, &kind, &length, error)) > 0;)
		++*count;
	return result;
}

static int write_packets(struct convert *convert, size_t number, struct pimg_error *error)
{
	const struct image_queue *queue = &convert->from->queues[number];
	_cleanup_cursor_ struct cursor cursor = {0};
	uint64_t chunks = 0, length, count;
	enum pimg_kind kind;
	int result;

	if (count_chunks(convert, number, &count, error) < 0 ||
	    convert_check_slots(convert, queue, count, error) < 0)
		return -1;
	if (convert_open_cursor(convert, &cursor, number, error) < 0)
		return -1;
	while ((result = cursor_next_record(&cursor, error)) > 0) {
		if (collect(convert, &cursor.entry, error) < 0)
			return -1;
		while ((result = cursor_next_chunk_here(&cursor, &kind, &length, error)) > 0) {
			PipeDataEntry entry = entry_of(convert, queue, !chunks++, count);

			if (write_chunk(convert, &cursor, &entry, length, error) < 0)
				return -1;
		}
		if (result < 0)
			return -1;
	}
	if (result < 0)
		return -1;
	if (!chunks)
		return write_empty(convert, queue, error);
	if (convert->unknown_length || convert->origin)
		return error_data(error,
				  "an empty record after others, whose fields would be lost");
	return 0;
}

/* ---- the layouts of one record ---- */

/* All chunks of a queue, as the indexed layout lists them. */
struct chunk_list {
	uint64_t *chunks;
	size_t count, room;
	void *hash; /* XXH3_state_t, of all bytes */
};

static void chunk_list_release(struct chunk_list *list)
{
	free(list->chunks);
	XXH3_freeState(list->hash);
}

#define _cleanup_chunk_list_ __attribute__((cleanup(chunk_list_release)))

/* Consecutive stream bytes are one run. */
static int add_to_list(struct chunk_list *list, enum pimg_kind kind, uint64_t length,
		       struct pimg_error *error)
{
	uint64_t *last = list->count ? &list->chunks[list->count - 1] : NULL;

	if (kind == PIMG_STREAM && last && !(*last & 1)) {
		*last += length << 1;
		return 0;
	}
	if (list->count > RECORD_MESSAGE_MAX)
		return error_data(error, "more chunks than the indexed layout can list");
	if (array_make_room(&list->chunks, &list->room, list->count + 1, sizeof(*list->chunks),
			    error) < 0)
		return -1;
	list->chunks[list->count++] = length << 1 | (kind == PIMG_PACKET);
	return 0;
}

/* Reads the queue once for the fields to copy and, if wanted, its chunks and its checksum. */
static int survey(struct convert *convert, size_t number, struct chunk_list *list,
		  struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor cursor = {0};
	const uint8_t *data;
	enum pimg_kind kind;
	uint64_t length;
	ssize_t there;
	int result;

	if (convert_open_cursor(convert, &cursor, number, error) < 0)
		return -1;
	while ((result = cursor_next_record(&cursor, error)) > 0) {
		if (collect(convert, &cursor.entry, error) < 0)
			return -1;
		while (list &&
		       (result = cursor_next_chunk_here(&cursor, &kind, &length, error)) > 0) {
			convert->packets += kind == PIMG_PACKET;
			if (add_to_list(list, kind, length, error) < 0)
				return -1;
			while ((there = cursor_read(&cursor, &data, error)) > 0) {
				hash_update(list->hash, data, (size_t)there);
				if (convert_report_progress(convert, cursor.reader.source, error) <
				    0)
					return -1;
			}
			if (there < 0)
				return -1;
		}
		if (result < 0)
			return -1;
	}
	return result;
}

/* Copies all bytes of a queue, in order, after the head of its record. */
static int copy_queue(struct convert *convert, size_t number, struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor cursor = {0};
	enum pimg_kind kind;
	uint64_t length;
	int result;

	if (convert_open_cursor(convert, &cursor, number, error) < 0)
		return -1;
	while ((result = cursor_next_chunk(&cursor, &kind, &length, error)) > 0) {
		if (copy_payload(convert, &cursor, error) < 0)
			return -1;
	}
	convert->in_record = result < 0;
	return result;
}

static int check_fits_record(const struct image_queue *queue, struct pimg_error *error)
{
	if (queue->info.bytes <= UINT32_MAX)
		return 0;
	error_data(error, "%" PRIu64 " bytes, more than the 4 GiB that one record can hold",
		   queue->info.bytes);
	return error_of_queue(error, queue->info.type, queue->info.id);
}

static int write_indexed(struct convert *convert, size_t number, struct pimg_error *error)
{
	const struct image_queue *queue = &convert->from->queues[number];
	_cleanup_chunk_list_ struct chunk_list list = {.hash = XXH3_createState()};
	PipeDataEntry entry = entry_of(convert, queue, true, 1);

	if (!list.hash)
		return error_memory(error);
	XXH3_64bits_reset(list.hash);
	if (check_fits_record(queue, error) < 0 || survey(convert, number, &list, error) < 0 ||
	    convert_check_slots(convert, queue, list.count, error) < 0)
		return -1;
	entry.bytes = (uint32_t)queue->info.bytes;
	entry.chunks = list.chunks;
	entry.n_chunks = list.count;
	entry.has_xxh3 = true;
	entry.xxh3 = XXH3_64bits_digest(list.hash);
	if (write_head(convert, &entry, error) < 0)
		return -1;
	return copy_queue(convert, number, error);
}

static int write_spliced(struct convert *convert, size_t number, struct pimg_error *error)
{
	const struct image_queue *queue = &convert->from->queues[number];
	PipeDataEntry entry = entry_of(convert, queue, true, 0);

	if (check_fits_record(queue, error) < 0 || survey(convert, number, NULL, error) < 0)
		return -1;
	entry.bytes = (uint32_t)queue->info.bytes;
	if (write_head(convert, &entry, error) < 0)
		return -1;
	return copy_queue(convert, number, error);
}

/* ---- records as they are ---- */

int convert_note_position(struct convert *convert, uint32_t id, uint64_t offset,
			  struct pimg_error *error)
{
	/* Without frames, an index is of no use. */
	if (!sink_is_proven(convert->to))
		return 0;
	return queue_index_add(&convert->index, id, offset, sink_offset(convert->to), error);
}

static int begin_copy(void *context, const struct record *record, const struct entry *entry,
		      struct pimg_error *error)
{
	struct convert *convert = context;

	convert->copied_id = entry->id;
	convert->copied_offset = sink_offset(convert->to);
	convert->in_record = true;
	if (checksum_start(&convert->checksum, entry, error) < 0)
		return -1;
	return layout_write_raw(convert->to, convert->head.byte_order, record->message,
				record->message_length, error);
}

static int copy_part(void *context, const uint8_t *data, size_t length, struct pimg_error *error)
{
	struct convert *convert = context;

	checksum_add(&convert->checksum, data, length);
	return sink_write(convert->to, data, length, error);
}

static int end_copy(void *context, struct pimg_error *error)
{
	struct convert *convert = context;

	convert->in_record = false;
	if (checksum_end(&convert->checksum, error) < 0)
		return -1;
	return convert_note_position(convert, convert->copied_id, convert->copied_offset, error);
}

/* Copies everything except the magic numbers, which may differ. */
int convert_copy_records(struct convert *convert, struct pimg_error *error)
{
	const struct record_handler handler = {
		.begin = begin_copy,
		.payload = copy_part,
		.end = end_copy,
		.context = convert,
	};

	if (convert->from->growth.complete)
		return error_usage(error, "was already read, so its records cannot be copied");
	if (grow_whole_giving(convert->from, &handler, error) < 0)
		return -1;
	return image_refuse_damaged(convert->from, error);
}

/*
 * Merged packets are not a stream. If nothing separates them, the record stays plain, so that its readers
 * still learn of the lost boundaries.
 */
enum pimg_layout convert_layout_of(const struct convert *convert, const struct image_queue *queue)
{
	bool lost = queue->info.boundaries_lost && !convert_rule(convert, &queue->info) &&
		    !convert_has_reference(convert, queue);

	return lost ? PIMG_LAYOUT_SPLICED : convert->layout;
}

int convert_write_queue(struct convert *convert, size_t queue, struct pimg_error *error)
{
	static int (*const writers[])(struct convert * convert, size_t number,
				      struct pimg_error * error) = {
		[PIMG_LAYOUT_PACKETS] = write_packets,
		[PIMG_LAYOUT_INDEXED] = write_indexed,
		[PIMG_LAYOUT_SPLICED] = write_spliced,
	};

	return writers[convert_layout_of(convert, &convert->from->queues[queue])](convert, queue,
										  error);
}
