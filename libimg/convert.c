// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "convert.h"
#include "cursor.h"
#include "format/layout.h"
#include "format/magic.h"
#include "hash.h"
#include "image.h"
#include "io/error.h"
#include "io/sink.h"
#include "pipe-data.pb-c.h"

/*
 * An image file on its way into another. Each queue is walked along by a cursor, and its records are
 * written anew; what no layout of ours knows (fields of a later CRIU) goes along byte for byte.
 */
struct convert {
	struct pimg_image *from;
	struct sink *to;
	const struct pimg_convert_options *options;
	enum pimg_type type;
	uint32_t written; /* queues */

	/* Of the records read since the last that was written: what must not be lost. */
	uint8_t *unknown; /* fields, one after another */
	size_t unknown_length, unknown_room;
	PipeOrigin *origin;

	pimg_progress_fn progress;
	void *progress_context;
};

/* ---- what goes along ---- */

static int append_unknown(struct convert *convert, const uint8_t *field, size_t length,
			  struct pimg_error *error)
{
	size_t needed = convert->unknown_length + length;

	if (needed > RECORD_MESSAGE_MAX)
		return error_data(error, "unknown fields of more than %u bytes in all",
				  RECORD_MESSAGE_MAX);
	if (needed > convert->unknown_room) {
		size_t room = needed * 2;
		uint8_t *grown = realloc(convert->unknown, room);

		if (!grown)
			return error_memory(error);
		convert->unknown = grown;
		convert->unknown_room = room;
	}
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

static void drop_origin(struct convert *convert)
{
	if (convert->origin)
		pipe_origin__free_unpacked(convert->origin, NULL);
	convert->origin = NULL;
}

/* protobuf-c keeps what it does not know of in it. */
static int collect_origin(struct convert *convert, const struct entry *entry,
			  struct pimg_error *error)
{
	if (!entry->origin || convert->origin)
		return 0;
	if (entry->origin_length <= DECODED_MESSAGE_MAX)
		convert->origin = pipe_origin__unpack(NULL, entry->origin_length, entry->origin);
	if (!convert->origin)
		return error_check(error, CHECK_ORIGIN, "field 1003 (origin) cannot be decoded");
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
	result = layout_write_head(convert->to, entry, &extra, error);
	convert->unknown_length = 0;
	drop_origin(convert);
	return result;
}

static int report_progress(struct convert *convert, const struct cursor *cursor,
			   struct pimg_error *error)
{
	const struct source *source = cursor->reader.source;

	if (!convert->progress || !convert->progress(convert->progress_context,
						     source_offset(source), source_length(source)))
		return 0;
	return error_interrupted(error);
}

static int copy_payload(struct convert *convert, struct cursor *cursor, struct pimg_error *error)
{
	const uint8_t *data;
	ssize_t there;

	while ((there = cursor_read(cursor, &data, error)) > 0) {
		if (sink_write(convert->to, data, (size_t)there, error) < 0)
			return -1;
	}
	return there < 0 ? -1 : report_progress(convert, cursor, error);
}

/* What every record of a queue says, and the first of it what the whole is. */
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
	if (cursor_hash(cursor, &entry->xxh3, error) < 0 || write_head(convert, entry, error) < 0)
		return -1;
	return copy_payload(convert, cursor, error);
}

/* An empty queue has one record, without kind. */
static int write_empty(struct convert *convert, const struct image_queue *queue,
		       struct pimg_error *error)
{
	PipeDataEntry entry = entry_of(convert, queue, true, 1);

	entry.has_xxh3 = true;
	entry.xxh3 = XXH3_64bits("", 0);
	return write_head(convert, &entry, error);
}

static int write_packets(struct convert *convert, size_t number, struct pimg_error *error)
{
	const struct image_queue *queue = &convert->from->queues[number];
	_cleanup_cursor_ struct cursor cursor = {0};
	uint64_t chunks = 0, length;
	enum pimg_kind kind;
	int result;

	if (cursor_open(&cursor, convert->from, number, error) < 0)
		return -1;
	while ((result = cursor_next_record(&cursor, error)) > 0) {
		if (collect(convert, &cursor.entry, error) < 0)
			return -1;
		while ((result = cursor_next_chunk_here(&cursor, &kind, &length, error)) > 0) {
			PipeDataEntry entry =
				entry_of(convert, queue, !chunks++, queue->info.chunks);

			if (write_chunk(convert, &cursor, &entry, length, error) < 0)
				return -1;
		}
	}
	if (result < 0)
		return -1;
	if (!chunks)
		return write_empty(convert, queue, error);
	if (convert->unknown_length || convert->origin)
		return error_data(error,
				  "an empty record behind others, whose fields would be lost");
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

/* Stream bytes that follow stream bytes are one run. */
static int add_to_list(struct chunk_list *list, enum pimg_kind kind, uint64_t length,
		       struct pimg_error *error)
{
	uint64_t *last = list->count ? &list->chunks[list->count - 1] : NULL;

	if (kind == PIMG_STREAM && last && !(*last & 1)) {
		*last += length << 1;
		return 0;
	}
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		uint64_t *grown;

		if (list->count > RECORD_MESSAGE_MAX)
			return error_data(error, "more chunks than the indexed layout can list");
		grown = reallocarray(list->chunks, room, sizeof(*grown));
		if (!grown)
			return error_memory(error);
		list->chunks = grown;
		list->room = room;
	}
	list->chunks[list->count++] = length << 1 | (kind == PIMG_PACKET);
	return 0;
}

/* Reads the queue once: what goes along of it, and, if wanted, its chunks and its checksum. */
static int survey(struct convert *convert, size_t number, struct chunk_list *list,
		  struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor cursor = {0};
	const uint8_t *data;
	enum pimg_kind kind;
	uint64_t length;
	ssize_t there;
	int result;

	if (cursor_open(&cursor, convert->from, number, error) < 0)
		return -1;
	while ((result = cursor_next_record(&cursor, error)) > 0) {
		if (collect(convert, &cursor.entry, error) < 0)
			return -1;
		while (list &&
		       (result = cursor_next_chunk_here(&cursor, &kind, &length, error)) > 0) {
			if (add_to_list(list, kind, length, error) < 0)
				return -1;
			while ((there = cursor_read(&cursor, &data, error)) > 0)
				XXH3_64bits_update(list->hash, data, (size_t)there);
			if (there < 0)
				return -1;
		}
		if (result < 0)
			return -1;
	}
	return result;
}

/* Copies all bytes of a queue, in order. */
static int copy_queue(struct convert *convert, size_t number, struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor cursor = {0};
	enum pimg_kind kind;
	uint64_t length;
	int result;

	if (cursor_open(&cursor, convert->from, number, error) < 0)
		return -1;
	while ((result = cursor_next_chunk(&cursor, &kind, &length, error)) > 0) {
		if (copy_payload(convert, &cursor, error) < 0)
			return -1;
	}
	return result;
}

static int check_fits_record(const struct image_queue *queue, struct pimg_error *error)
{
	if (queue->info.bytes <= UINT32_MAX)
		return 0;
	error_data(error, "%" PRIu64 " bytes, more than the 4 GiB that one record can hold",
		   queue->info.bytes);
	return error_of_pipe(error, queue->info.id);
}

static int write_indexed(struct convert *convert, size_t number, struct pimg_error *error)
{
	const struct image_queue *queue = &convert->from->queues[number];
	_cleanup_chunk_list_ struct chunk_list list = {.hash = XXH3_createState()};
	PipeDataEntry entry = entry_of(convert, queue, true, 1);

	if (!list.hash)
		return error_memory(error);
	XXH3_64bits_reset(list.hash);
	if (check_fits_record(queue, error) < 0 || survey(convert, number, &list, error) < 0)
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

/* Copies all records in the order of the file: only the magic numbers may differ. */
static int copy_records(struct convert *convert, struct pimg_error *error)
{
	const struct part *part = &convert->from->parts[0];
	struct cursor position = {.reader = {.source = part->source}};
	struct record_reader *reader = &position.reader;
	struct record record;
	int result;

	if (source_seek(part->source, 0, error) < 0 ||
	    record_reader_start(reader, part->source, error) < 0)
		return -1;
	while ((result = record_next(reader, &record, error)) > 0) {
		struct entry entry;

		if (entry_decode(&entry, part->type, record.message, record.message_length, error) <
		    0)
			return record_error(reader, &record, error);
		if (layout_write_raw(convert->to, record.message, record.message_length, error) < 0)
			return -1;
		for (uint64_t left = entry.bytes; left;) {
			const uint8_t *data;
			ssize_t there = source_peek(part->source, 1, &data, error);

			if (there <= 0)
				return there < 0 ? -1
						 : error_data(error,
							      "the file changed while it was read");
			there = (uint64_t)there > left ? (ssize_t)left : there;
			if (sink_write(convert->to, data, (size_t)there, error) < 0)
				return -1;
			source_consume(part->source, (size_t)there);
			left -= (uint64_t)there;
		}
		if (report_progress(convert, &position, error) < 0)
			return -1;
	}
	return result;
}

/* ---- the whole ---- */

static int write_queues(struct convert *convert, struct pimg_error *error)
{
	static int (*const writers[])(struct convert * convert, size_t number,
				      struct pimg_error * error) = {
		[PIMG_LAYOUT_SPLICED] = write_spliced,
		[PIMG_LAYOUT_PACKETS] = write_packets,
		[PIMG_LAYOUT_INDEXED] = write_indexed,
	};

	if (!convert->options->has_layout || convert->type == PIMG_SOCKET)
		return copy_records(convert, error);
	for (size_t i = 0; i < convert->from->queue_count; i++) {
		if (writers[convert->options->layout](convert, i, error) < 0) {
			error_of_pipe(error, convert->from->queues[i].info.id);
			return error_in_file(error, source_name(convert->from->parts[0].source));
		}
		convert->written++;
	}
	return 0;
}

static int compare_queue(struct convert *convert, struct pimg_image *found, size_t number,
			 struct pimg_error *error)
{
	const struct pimg_queue_info *info = &convert->from->queues[number].info;
	_cleanup_cursor_ struct cursor wanted_cursor = {0}, found_cursor = {0};
	bool spliced =
		convert->options->has_layout && convert->options->layout == PIMG_LAYOUT_SPLICED;
	int64_t other = queue_table_find(&found->table, info->type, info->id);
	int result;

	if (other < 0 || found->queues[other].info.capacity != info->capacity) {
		error_data(error, other < 0 ? "is not in what was written"
					    : "has another capacity in what was written");
		return error_of_pipe(error, info->id);
	}
	if (cursor_open(&wanted_cursor, convert->from, number, error) < 0 ||
	    cursor_open(&found_cursor, found, (size_t)other, error) < 0)
		return -1;
	result = cursor_compare(&wanted_cursor, &found_cursor, spliced && info->type != PIMG_SOCKET,
				error);
	if (result < 0)
		return -1;
	return result ? report_progress(convert, &wanted_cursor, error) : -1;
}

static int compare_written(struct convert *convert, struct pimg_image *found,
			   struct pimg_error *error)
{
	const struct pimg_error *damage = pimg_image_damage(found);

	if (damage) {
		if (error)
			*error = *damage;
		return -1;
	}
	if (found->queue_count != convert->from->queue_count)
		return error_data(error, "%zu queues were written and %zu read back",
				  convert->from->queue_count, found->queue_count);
	for (size_t i = 0; i < convert->from->queue_count; i++) {
		if (compare_queue(convert, found, i, error) < 0)
			return -1;
	}
	return 0;
}

/* Reads back what was written, and compares it with the input. A stream cannot be read back. */
static int verify_written(struct convert *convert, struct pimg_error *error)
{
	struct pimg_image *found;
	struct source *source;
	int result = sink_reread(convert->to, &source, error);

	if (result <= 0)
		return result;
	found = image_from_source(source, IMAGE_UNINDEXED, NULL, NULL, error);
	if (!found)
		return -1;
	result = compare_written(convert, found, error);
	pimg_image_close(found);
	return result;
}

static bool is_version_10(const struct convert *convert)
{
	switch (convert->options->version) {
	case PIMG_VERSION_1_0:
		return true;
	case PIMG_VERSION_1_1:
		return false;
	default:
		return convert->from->parts[0].version_10;
	}
}

int convert_file(struct pimg_image *from, struct sink *to,
		 const struct pimg_convert_options *options, pimg_progress_fn progress,
		 void *context, struct pimg_error *error)
{
	struct convert convert = {
		.from = from,
		.to = to,
		.options = options,
		.type = from->parts[0].type,
		.progress = progress,
		.progress_context = context,
	};
	int result =
		magic_write(to, image_kind_of_queues(convert.type), is_version_10(&convert), error);

	if (result == 0)
		result = write_queues(&convert, error);
	if (result == 0)
		result = verify_written(&convert, error);
	free(convert.unknown);
	drop_origin(&convert);
	return result < 0 ? error_in_file(error, sink_name(to)) : 0;
}

static int convert_path(const char *from, const char *to,
			const struct pimg_convert_options *options, pimg_progress_fn progress,
			void *context, struct pimg_error *error)
{
	struct pimg_image *image = image_open(from, IMAGE_UNINDEXED, progress, context, error);
	struct sink *sink = NULL;
	int result = -1;

	if (!image)
		return -1;
	if (image_refuse_damaged(image, error) == 0)
		sink = sink_open(to, options->replace, error);
	if (sink)
		result = convert_file(image, sink, options, progress, context, error);
	if (sink && result < 0)
		sink_abort(sink);
	else if (sink)
		result = sink_commit(sink, error);
	pimg_image_close(image);
	return result;
}

int pimg_convert(const char *from, const char *to, const struct pimg_convert_options *options,
		 pimg_progress_fn progress, void *context, struct pimg_error *error)
{
	struct stat status;

	if (strcmp(from, "-") && stat(from, &status) == 0 && S_ISDIR(status.st_mode))
		return convert_directory(from, to, options, progress, context, error);
	return convert_path(from, to, options, progress, context, error);
}
