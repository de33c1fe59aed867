// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading an image's records, a step at a time. */
#include "image/grow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "image/grow-around.h"
#include "image/image.h"
#include "image/index.h"
#include "io/source/open.h"
#include "pipeimg-private.h"

/* ---- progress ---- */

/* Sums over all parts. total is 0 if the size of a part is unknown. */
static void get_progress(const struct pimg_image *image, uint64_t *done, uint64_t *total)
{
	bool known = true;

	*done = *total = 0;
	for (size_t i = 0; i < image->part_count; i++) {
		uint64_t part_done, part_total;

		source_progress(image->parts[i].source, &part_done, &part_total);
		/*
		 * What follows damage counts as read, because it is never read; and a file may have
		 * grown.
		 */
		if (part_total && (i < image->growth.part || part_done > part_total))
			part_done = part_total;
		known &= part_total > 0;
		*done += part_done;
		*total += part_total;
	}
	if (!known)
		*total = 0;
}

static int report_progress(struct pimg_image *image, const struct source *source,
			   struct pimg_error *error)
{
	uint64_t done, total;

	if (!progress_is_due(&image->growth.reported, source_offset(source)))
		return 0;
	get_progress(image, &done, &total);
	if (progress_report(&image->progress, done, total, error) < 0)
		return error_in_file(error, source_name(source));
	return 0;
}

/* ---- records ---- */

static void end_record(struct growth *growth)
{
	growth->in_record = false;
	if (growth->message)
		free(take_pointer(growth->message));
}

static int bad_record(const struct growth *growth, struct pimg_error *error)
{
	error_of_queue(error, growth->decoder.entry.type, growth->decoder.entry.id);
	return record_error(&growth->reader, &growth->record, error);
}

/* Passing the payload moves the window; these are needed after it. */
static int keep_message(struct growth *growth, struct pimg_error *error)
{
	struct entry *entry = &growth->decoder.entry;

	if (!entry->has_chunks && !entry->origin && !entry->has_scm)
		return 0;
	if (entry->has_chunks && entry_check_chunks(entry, error) < 0)
		return bad_record(growth, error);
	growth->message = malloc(growth->record.message_length);
	if (!growth->message)
		return error_memory(error);
	memcpy(growth->message, growth->record.message, growth->record.message_length);
	entry->origin = entry->origin ? growth->message + (entry->origin - entry->message) : NULL;
	entry->message = growth->message;
	return 0;
}

/* Returns 1, 0 at the end of the part, or -1. */
static int read_head(struct pimg_image *image, struct growth *growth, struct pimg_error *error)
{
	const struct record *record = &growth->record;
	int result = record_next(&growth->reader, &growth->record, error);

	if (result <= 0)
		return result;
	if (entry_decode_next(&growth->decoder, image->parts[growth->part].type, record->message,
			      record->message_length, error) < 0) {
		if (growth->decoder.entry.has_id)
			error_of_queue(error, growth->decoder.entry.type, growth->decoder.entry.id);
		return record_error(&growth->reader, record, error);
	}
	growth->position.at = source_offset(growth->reader.source);
	growth->position.head = 4 + record->message_length;
	growth->payload_left = growth->decoder.entry.bytes;
	growth->in_record = true;
	if (keep_message(growth, error) < 0)
		return -1;
	if (growth->handler && growth->handler->begin(growth->handler->context, record,
						      &growth->decoder.entry, error) < 0)
		return bad_record(growth, error);
	return 1;
}

static int payload_is_cut(const struct growth *growth, struct pimg_error *error)
{
	error_check(error, CHECK_PAYLOAD_CUT,
		    "the file ends after %" PRIu32 " of %" PRIu32 " byte%s of a payload",
		    growth->decoder.entry.bytes - growth->payload_left, growth->decoder.entry.bytes,
		    PLURAL_S(growth->decoder.entry.bytes));
	return bad_record(growth, error);
}

/* Passes the payload up to the end of the step; in a seekable source, all of it. */
static int pass_payload(struct growth *growth, uint64_t until, struct pimg_error *error)
{
	struct source *source = growth->reader.source;
	uint64_t offset = source_offset(source), most = until > offset ? until - offset : 0;
	uint32_t length = growth->payload_left;
	int64_t passed;

	if (length > most && !source_can_seek(source))
		length = (uint32_t)most;
	passed = source_skip(source, length, error);
	if (passed < 0) {
		growth->payload_left -= (uint32_t)(source_offset(source) - offset);
		return -1;
	}
	growth->payload_left -= (uint32_t)passed;
	return passed == length ? 0 : payload_is_cut(growth, error);
}

/* Gives the payload to the record handler instead of passing it. */
static int give_payload(struct pimg_image *image, struct growth *growth, struct pimg_error *error)
{
	const struct record_handler *handler = growth->handler;
	struct source *source = growth->reader.source;

	while (growth->payload_left) {
		const uint8_t *data;
		ssize_t there = source_peek(source, 1, &data, error);
		uint32_t left = growth->payload_left;

		if (there < 0)
			return -1;
		if (!there)
			return payload_is_cut(growth, error);
		left = (size_t)there < left ? (uint32_t)there : left;
		if (handler->payload(handler->context, data, left, error) < 0)
			return bad_record(growth, error);
		source_consume(source, left);
		growth->payload_left -= left;
		if (report_progress(image, source, error) < 0)
			return -1;
	}
	return handler->end(handler->context, error) < 0 ? bad_record(growth, error) : 0;
}

/*
 * Continues to read a record: its message, then past its payload. Then it is indexed.
 * Returns 1, 0 at the end of the part, or -1.
 */
static int read_record(struct pimg_image *image, uint64_t until, struct pimg_error *error)
{
	struct growth *growth = &image->growth;
	int result;

	if (!growth->in_record) {
		result = read_head(image, growth, error);
		if (result <= 0)
			return result;
	}
	if (growth->handler)
		result = give_payload(image, growth, error);
	else
		result = growth->payload_left ? pass_payload(growth, until, error) : 0;
	if (result < 0)
		return -1;
	if (growth->payload_left)
		return 1;
	result = index_record(image, (uint8_t)growth->part, &growth->decoder.entry,
			      growth->position, error);
	end_record(growth);
	if (result < 0)
		return bad_record(growth, error);
	return report_progress(image, growth->reader.source, error) < 0 ? -1 : 1;
}

/* ---- parts ---- */

/* Different byte orders of images are noted as damage, but the images are read. */
static int check_order(struct pimg_image *image, const struct part *part, struct pimg_error *error)
{
	struct pimg_error problem;

	if (directory_check_order(&image->growth.around_reader, part->head.byte_order,
				  source_name(part->source), &problem) == 0)
		return 0;
	return image_note_damage(image, &problem, error);
}

int grow_start_part(struct pimg_image *image, struct pimg_error *error)
{
	struct growth *growth = &image->growth;
	struct part *part = &image->parts[growth->part];
	const struct pimg_error *problem = source_problem(part->source);
	enum image_kind kind;

	if (problem && image_note_damage(image, problem, error) < 0)
		return -1;
	if (record_reader_start(&growth->reader, part->source, error) < 0)
		return -1;
	growth->decoder.length = 0; /* the part before may have had another type */
	growth->started = true;
	part->head = growth->reader.head;
	kind = part->head.kind;
	if (!image_kind_is_queues(kind, &part->type)) {
		error_check(error, CHECK_WRONG_TYPE,
			    "is a CRIU image of %s records, which contain no queues; give "
			    "pipes-data.img, fifo-data.img, sk-queues.img or the directory",
			    image_kind_name(kind));
		return error_in_file(error, source_name(part->source));
	}
	/* Queues are found by type, so two parts of one type would be confused. */
	if (part->expected >= 0 && part->type != (enum pimg_type)part->expected) {
		error_check(error, CHECK_WRONG_TYPE,
			    "contains %s records, which do not match its name",
			    image_kind_name(kind));
		return error_in_file(error, source_name(part->source));
	}
	return image->folder ? check_order(image, part, error) : 0;
}

/* Continues to read a part up to an offset. Returns 1 there, 0 at its end, or -1. */
static int read_part(struct pimg_image *image, uint64_t until, struct pimg_error *error)
{
	const struct growth *growth = &image->growth;
	int result;

	if (!growth->started && grow_start_part(image, error) < 0)
		return -1;
	do {
		result = read_record(image, until, error);
	} while (result > 0 && source_offset(growth->reader.source) < until);
	return result;
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Results of a step other than -1. */
enum { GROWN, GROWS, WAITS };

static void note_damaged_part(struct pimg_image *image)
{
	const struct growth *growth = &image->growth;
	struct part *part = &image->parts[growth->part];

	/* If its first bytes do not give a type, its name does. */
	if (part->expected >= 0)
		part->type = (enum pimg_type)part->expected;
	part->damaged = true;
	index_note_cut(image, growth->part, growth->in_record ? &growth->decoder.entry : NULL);
}

/* Continues to read the parts, this many bytes. */
static int read_parts(struct pimg_image *image, uint64_t bytes, struct pimg_error *error)
{
	struct growth *growth = &image->growth;

	while (growth->part < image->part_count) {
		const struct source *source = image->parts[growth->part].source;
		uint64_t from = source_offset(source), read;
		struct pimg_error damage;
		int result = read_part(image, add_saturating(from, bytes), &damage);

		if (result < 0 && error_is_waiting(&damage))
			return WAITS;
		if (result < 0 && image_note_damage(image, &damage, error) < 0)
			return -1;
		if (result < 0)
			note_damaged_part(image);
		read = source_offset(source) - from;
		bytes -= read < bytes ? read : bytes;
		if (result <= 0) {
			end_record(growth);
			growth->started = false;
			growth->part++;
		}
		if (!bytes)
			return GROWS;
	}
	return GROWN;
}

/* ---- one queue of a compressed image ---- */

/* The checksum of the index matches, so it belongs to another image. */
static int misplaced(const struct source *source, struct pimg_error *error)
{
	error_check(error, CHECK_QUEUE_INDEX, "its index of queues leads to other records");
	return error_in_file(error, source_name(source));
}

static int read_row(struct pimg_image *image, const struct queue_index_row *row,
		    struct pimg_error *error)
{
	struct source *source = image->growth.reader.source;
	uint64_t end = row->offset + row->length;
	int result = source_seek(source, row->offset, error) < 0 ? -1 : 1;

	while (result > 0 && source_offset(source) < end)
		result = read_record(image, UINT64_MAX, error);
	if (result < 0)
		return -1;
	return source_offset(source) == end ? 0 : misplaced(source, error);
}

static int read_rows(struct pimg_image *image, const struct queue_index *index, uint32_t id,
		     struct pimg_error *error)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct queue_index_row *row = &index->list[i];

		if (row->id == id && read_row(image, row, error) < 0)
			return -1;
	}
	if (image->queue_count > 1 || (image->queue_count && image->queues[0].info.id != id))
		return misplaced(image->growth.reader.source, error);
	return 0;
}

/* ---- growing ---- */

static int finish(struct pimg_image *image, uint64_t bytes, struct pimg_error *error)
{
	int result = image->folder ? grow_around(image, bytes, error) : 0;

	if (result)
		return result < 0 ? -1 : GROWS;
	if (index_finish(image, error) < 0)
		return -1;
	image->growth.complete = true;
	return GROWN;
}

static int grow(struct pimg_image *image, uint64_t bytes, struct pimg_error *error)
{
	int result = read_parts(image, bytes, error);

	return result == GROWN ? finish(image, bytes, error) : result;
}

int grow_whole(struct pimg_image *image, struct pimg_error *error)
{
	int result;

	/* A file may claim to be longer than one step. */
	while ((result = grow(image, UINT64_MAX, error)) > 0)
		;
	return result;
}

int grow_whole_giving(struct pimg_image *image, const struct record_handler *handler,
		      struct pimg_error *error)
{
	int result;

	image->growth.handler = handler;
	result = grow_whole(image, error);
	image->growth.handler = NULL;
	return result;
}

int grow_queue(struct pimg_image *image, const struct queue_index *index, uint32_t id,
	       struct pimg_error *error)
{
	struct pimg_error damage;
	int result;

	image->partial = true;
	if (read_rows(image, index, id, &damage) < 0 &&
	    image_note_damage(image, &damage, error) < 0)
		return -1;
	image->growth.part = image->part_count;
	while ((result = finish(image, UINT64_MAX, error)) > 0)
		;
	return result;
}

int pimg_image_grow(struct pimg_image *image, uint64_t bytes, uint64_t *done, uint64_t *total,
		    struct pimg_error *error)
{
	struct growth *growth = &image->growth;
	uint64_t unwanted;
	int result = 0;

	ASK_WHEN_INTERRUPTED(&image->progress);
	if (growth->failed)
		result = -1;
	else if (!growth->complete)
		result = grow(image, bytes ? bytes : 1, &growth->failure);
	growth->failed = result < 0;
	if (growth->failed && error)
		*error = growth->failure;
	get_progress(image, done ? done : &unwanted, total ? total : &unwanted);
	return result;
}

int pimg_image_grow_available(struct pimg_image *image, uint64_t bytes, uint64_t *done,
			      uint64_t *total, int *waits_for, struct pimg_error *error)
{
	/* At the end, the source below a decompressor no longer exists. */
	bool can_wait = image->input && !image->growth.complete && !image->growth.failed;
	int result;

	*waits_for = -1;
	if (can_wait)
		source_wait(image->input, false);
	result = pimg_image_grow(image, bytes, done, total, error);
	if (can_wait && result > 0)
		source_wait(image->input, true);
	if (result == WAITS)
		*waits_for = source_input(image->input);
	return result > 0 ? 1 : result;
}
