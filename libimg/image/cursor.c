// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/cursor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/lower-bound.h"
#include "queue/framing.h"

/* The most bytes of a payload that are returned at once. */
#define PIECE_BYTES (64U * 1024)

/* ---- records that are scattered over the file ---- */

struct record_position {
	uint64_t offset;
	uint32_t queue;
};

static int by_queue_and_offset(const void *a, const void *b)
{
	const struct record_position *x = a, *y = b;

	if (x->queue != y->queue)
		return x->queue < y->queue ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static uint64_t record_count(const struct pimg_image *image)
{
	uint64_t count = 0;

	for (size_t i = 0; i < image->queue_count; i++)
		count += image->queues[i].records;
	return count;
}

/* Reads a part again. The file may have grown, so no more records are used than it had. */
static int list_part(struct pimg_image *image, size_t part, size_t *count, size_t room,
		     struct pimg_error *error)
{
	struct source *source = image->parts[part].source;
	struct record_reader reader;
	struct entry_decoder decoder = {.length = 0};
	struct record record;
	int result;

	if (source_seek(source, 0, error) < 0 || record_reader_start(&reader, source, error) < 0)
		return -1;
	while ((result = record_next(&reader, &record, error)) > 0) {
		int64_t queue;

		if (entry_decode_next(&decoder, image->parts[part].type, record.message,
				      record.message_length, error) < 0 ||
		    source_skip(source, decoder.entry.bytes, error) < 0)
			return record_error(&reader, &record, error);
		queue = queue_table_find_in(&image->table, image->parts[part].set,
					    image->parts[part].type, decoder.entry.id);
		if (queue < 0)
			return error_check(error, CHECK_CHANGED,
					   "the file changed while it was read");
		/* The record of a queue that the hook saved is in another part. */
		if (image->queues[queue].part != part)
			continue;
		if (*count == room)
			return error_check(error, CHECK_CHANGED,
					   "the file changed while it was read");
		image->record_positions[(*count)++] =
			(struct record_position){record.offset, (uint32_t)queue};
	}
	return result;
}

static int list_parts(struct pimg_image *image, size_t room, struct pimg_error *error)
{
	size_t count = 0;

	for (size_t i = 0; i < image->part_count; i++) {
		if (list_part(image, i, &count, room, error) < 0)
			return -1;
	}
	if (count != room)
		return error_check(error, CHECK_CHANGED, "the file changed while it was read");
	image->record_position_count = count;
	/* A position of no queue ends the search of cursors. */
	image->record_positions[count] = (struct record_position){0, UINT32_MAX};
	qsort(image->record_positions, count, sizeof(*image->record_positions),
	      by_queue_and_offset);
	return 0;
}

static int list_records(struct pimg_image *image, struct pimg_error *error)
{
	size_t room = record_count(image);

	if (image->record_positions)
		return 0;
	image->record_positions = calloc(room + 1, sizeof(*image->record_positions));
	if (!image->record_positions)
		return error_memory(error);
	if (list_parts(image, room, error) == 0)
		return 0;
	free(take_pointer(image->record_positions));
	return -1;
}

static const struct record_position *first_position(const struct pimg_image *image, uint32_t queue)
{
	struct record_position wanted = {.queue = queue};

	return image->record_positions + lower_bound(&wanted, image->record_positions,
						     image->record_position_count, sizeof(wanted),
						     by_queue_and_offset);
}

/* ---- opening ---- */

int cursor_open(struct cursor *cursor, struct pimg_image *image, size_t queue,
		struct pimg_error *error)
{
	const struct image_queue *from = &image->queues[queue];
	const struct part *part = &image->parts[from->part];

	*cursor = (struct cursor){
		.image = image,
		.queue = from,
		.number = (uint32_t)queue,
		.reader = {.source = part->source, .head = part->head},
		.records_left = from->records,
		.next = from->first_record,
		.reported = from->first_record,
	};
	if (!from->scattered)
		return 0;
	if (list_records(image, error) < 0)
		return -1;
	cursor->position = first_position(image, cursor->number);
	return 0;
}

void cursor_close(struct cursor *cursor)
{
	free(cursor->message);
	checksum_release(&cursor->checksum);
	*cursor = (struct cursor){0};
}

/* ---- records ---- */

static struct source *source_of(const struct cursor *cursor)
{
	return cursor->reader.source;
}

static int cursor_error(const struct cursor *cursor, struct pimg_error *error)
{
	error_of_queue(error, cursor->queue->info.type, cursor->queue->info.id);
	error_at(error, (uint64_t)PIMG_NONE, cursor->record.offset);
	return error_in_file(error, source_name(source_of(cursor)));
}

static int changed(const struct cursor *cursor, struct pimg_error *error)
{
	error_check(error, CHECK_CHANGED, "the file changed while it was read");
	return cursor_error(cursor, error);
}

/* Keeps the message, because the window moves on. */
static int keep_message(struct cursor *cursor, struct pimg_error *error)
{
	uint32_t length = cursor->record.message_length;

	if (length > cursor->message_room || !cursor->message) {
		uint8_t *grown = realloc(cursor->message, length + 1);

		if (!grown)
			return error_memory(error);
		cursor->message = grown;
		cursor->message_room = length;
	}
	if (length)
		memcpy(cursor->message, cursor->record.message, length);
	return 0;
}

int cursor_next_record(struct cursor *cursor, struct pimg_error *error)
{
	int result;

	cursor->in_record = false;
	cursor->chunk_left = cursor->payload_left = cursor->run_left = 0;
	if (!cursor->records_left)
		return 0;
	if (cursor->position)
		cursor->next = cursor->position->offset;
	if (source_seek(source_of(cursor), cursor->next, error) < 0)
		return -1;
	result = record_next(&cursor->reader, &cursor->record, error);
	if (result <= 0)
		return result < 0 ? -1 : changed(cursor, error);
	if (keep_message(cursor, error) < 0 ||
	    entry_decode(&cursor->entry, cursor->queue->info.type, cursor->message,
			 cursor->record.message_length, error) < 0)
		return cursor_error(cursor, error);
	if (cursor->entry.id != cursor->queue->info.id)
		return changed(cursor, error);
	if (cursor->entry.has_chunks && entry_check_chunks(&cursor->entry, error) < 0)
		return cursor_error(cursor, error);
	cursor->records_left--;
	if (cursor->position)
		cursor->position++;
	cursor->in_record = true;
	cursor->chunk_given = false;
	cursor->chunks = entry_chunks_start(&cursor->entry);
	cursor->payload_left = cursor->entry.bytes;
	cursor->next = source_offset(source_of(cursor)) + cursor->entry.bytes;
	return checksum_start(&cursor->checksum, &cursor->entry, error) < 0 ? -1 : 1;
}

/* ---- chunks ---- */

static bool is_listed(const struct cursor *cursor)
{
	return cursor->entry.has_chunks && cursor->queue->info.type != PIMG_SOCKET;
}

/* The kind of a record without a list, which depends on all records of the queue. */
static enum pimg_kind kind_of_record(const struct cursor *cursor)
{
	const struct pimg_queue_info *info = &cursor->queue->info;

	if (info->type == PIMG_SOCKET)
		return info->socket == PIMG_SOCKET_STREAM ? PIMG_STREAM : PIMG_PACKET;
	if (cursor->queue->has_kinds)
		return cursor->entry.kind;
	return cursor->queue->full_records > 1 ? PIMG_PACKET : PIMG_STREAM;
}

/* The next chunk of this record, if any, according to the record. */
static bool chunk_of_record(struct cursor *cursor)
{
	uint64_t length;

	if (!cursor->in_record)
		return false;
	if (is_listed(cursor)) {
		/* The sum of their lengths was checked before. */
		if (entry_chunks_next(&cursor->chunks, &cursor->kind, &length) <= 0)
			return false;
		cursor->chunk_left = length;
		return true;
	}
	if (cursor->chunk_given ||
	    (!cursor->entry.bytes && cursor->queue->info.type != PIMG_SOCKET))
		return false;
	cursor->chunk_given = true;
	cursor->kind = kind_of_record(cursor);
	cursor->chunk_left = cursor->entry.bytes;
	return true;
}

static int chunk_of_reference(struct cursor *cursor, struct pimg_error *error)
{
	uint64_t length;
	int result = cursor_next_chunk(cursor->reference, &cursor->kind, &length, error);

	if (result < 0)
		return -1;
	if (!result || length > cursor->run_left) {
		error_data(error, "the chunks of the other image do not end where the queue ends");
		return cursor_error(cursor, error);
	}
	cursor->chunk_left = length;
	cursor->run_left -= length;
	return 1;
}

/* Splits the next packet off the stream run. Returns 1 or -1. */
static int packet_of_run(struct cursor *cursor, struct pimg_error *error)
{
	uint64_t offset = cursor->entry.bytes - cursor->payload_left;
	size_t wanted = cursor->run_left < FRAME_PACKET_MAX ? cursor->run_left : FRAME_PACKET_MAX;
	const uint8_t *data;
	ssize_t there = source_peek(source_of(cursor), wanted, &data, error);
	struct pimg_error misfit;
	int64_t length;

	if (there < 0)
		return -1;
	if ((size_t)there < wanted)
		return changed(cursor, error);
	length = frame_next(cursor->frame, data, wanted, cursor->run_left, &cursor->frame_limits,
			    &misfit);
	if (length < 0) {
		error_data(error, "%s does not fit at byte %" PRIu64 " of the queue: %s",
			   cursor->frame->text, offset, misfit.sentence);
		return cursor_error(cursor, error);
	}
	cursor->kind = PIMG_PACKET;
	cursor->chunk_left = (uint64_t)length;
	cursor->run_left -= (uint64_t)length;
	return 1;
}

void cursor_set_frame(struct cursor *cursor, const struct framing_rule *frame)
{
	cursor->frame = frame;
	cursor->frame_limits = frame_limits_of(&cursor->queue->origin);
}

static int skip_chunk(struct cursor *cursor, struct pimg_error *error)
{
	int64_t passed;

	if (!cursor->chunk_left)
		return 0;
	checksum_give_up(&cursor->checksum);
	passed = source_skip(source_of(cursor), cursor->chunk_left, error);
	if (passed < 0)
		return -1;
	if ((uint64_t)passed < cursor->chunk_left)
		return changed(cursor, error);
	cursor->payload_left -= cursor->chunk_left;
	cursor->chunk_left = 0;
	return 0;
}

void cursor_set_reference(struct cursor *cursor, struct cursor *reference)
{
	cursor->reference = reference;
}

static uint64_t take_length(uint64_t *length)
{
	uint64_t taken = *length;

	*length = 0;
	return taken;
}

int cursor_next_chunk_here(struct cursor *cursor, enum pimg_kind *kind, uint64_t *length,
			   struct pimg_error *error)
{
	if (skip_chunk(cursor, error) < 0)
		return -1;
	if (!cursor->run_left) {
		if (!chunk_of_record(cursor))
			return 0;
		if ((cursor->frame || cursor->reference) && cursor->kind == PIMG_STREAM)
			cursor->run_left = take_length(&cursor->chunk_left);
	}
	if (cursor->run_left && (cursor->reference ? chunk_of_reference(cursor, error)
						   : packet_of_run(cursor, error)) < 0)
		return -1;
	*kind = cursor->kind;
	*length = cursor->chunk_left;
	return 1;
}

int cursor_next_chunk(struct cursor *cursor, enum pimg_kind *kind, uint64_t *length,
		      struct pimg_error *error)
{
	int result;

	while ((result = cursor_next_chunk_here(cursor, kind, length, error)) == 0) {
		result = cursor_next_record(cursor, error);
		if (result <= 0)
			return result;
	}
	return result;
}

/* ---- payload ---- */

void cursor_set_progress(struct cursor *cursor, const struct pimg_progress *progress)
{
	cursor->progress = progress;
}

static uint64_t *bytes_left(struct cursor *cursor)
{
	return cursor->chunk_given || is_listed(cursor) ? &cursor->chunk_left
							: &cursor->payload_left;
}

ssize_t cursor_read(struct cursor *cursor, const uint8_t **data, struct pimg_error *error)
{
	return cursor_read_up_to(cursor, PIECE_BYTES, data, error);
}

ssize_t cursor_read_up_to(struct cursor *cursor, size_t most, const uint8_t **data,
			  struct pimg_error *error)
{
	uint64_t *left = bytes_left(cursor);
	ssize_t there;

	if (!cursor->in_record || !*left)
		return 0;
	there = source_peek(source_of(cursor), 1, data, error);
	if (there < 0)
		return -1;
	if (!there)
		return changed(cursor, error);
	if ((uint64_t)there > *left)
		there = (ssize_t)*left;
	if ((size_t)there > most)
		there = (ssize_t)most;
	source_consume(source_of(cursor), (size_t)there);
	if (source_report(source_of(cursor), cursor->progress, &cursor->reported, error) < 0)
		return -1;
	*left -= (uint64_t)there;
	if (left != &cursor->payload_left)
		cursor->payload_left -= (uint64_t)there;
	checksum_add(&cursor->checksum, *data, (size_t)there);
	if (!cursor->payload_left && checksum_end(&cursor->checksum, error) < 0)
		return cursor_error(cursor, error);
	return there;
}

int cursor_hash(struct cursor *cursor, uint64_t *hash, struct pimg_error *error)
{
	struct source *source = source_of(cursor);
	uint64_t left = *bytes_left(cursor), at = source_offset(source);
	int64_t passed = checksum_of_next(source, left, hash, cursor->progress, error);

	if (passed < 0)
		return -1;
	if ((uint64_t)passed < left)
		return changed(cursor, error);
	return source_seek(source, at, error);
}
