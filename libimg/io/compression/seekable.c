// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/seekable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "base/byte-order.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "io/compression/codec.h"

/* Half a terabyte of frames of 1 MiB: 12 MiB of rows. A larger table is not used. */
#define ROWS_MAX (1U << 19)
/*
 * A complete frame is kept in memory. Our frames have a megabyte, or four. A table of longer frames is not
 * used: each jump would decompress a frame from its start.
 */
#define FRAME_MAX (16U << 20)
/* Each is checked when the file is opened. */
#define EMPTY_ROWS_MAX 1024
/* The header of a frame is not longer. */
#define EMPTY_HEAD_BYTES 18

struct row {
	uint64_t compressed_at, at;
	uint32_t checksum;
};

struct seekable {
	struct source *compressed;
	const struct codec *codec;
	void *state;
	struct row *rows; /* one more than there are frames: the end */
	size_t row_count;
	bool checksums;

	size_t row;  /* of the frame that is being read */
	uint64_t at; /* the next byte of its content */
	bool in_frame;
	XXH64_state_t *hash; /* of the content so far */

	uint8_t *held; /* all of one frame, or null */
	size_t held_row, held_room;
};

/* ---- the table ---- */

struct table {
	uint64_t at;	  /* of the table's skippable frame */
	uint64_t rows_at; /* of its first row */
	uint32_t count;
	unsigned row_bytes;
};

static int does_not_fit(struct source *compressed, struct pimg_error *problem, const char *what)
{
	error_check(problem, CHECK_SEEK_TABLE, "the zstd seek table at the end %s", what);
	return error_in_file(problem, source_name(compressed));
}

/* Returns 1, 0 if there is no usable table, or -1 if the table is wrong. */
static int find_table(struct source *compressed, struct table *table, struct pimg_error *problem)
{
	enum { HEADER = 8, RESERVED_BITS = 0x7c };
	uint64_t end = source_length(compressed), body;
	uint8_t footer[SEEK_TABLE_FOOTER_BYTES], header[HEADER];
	bool has_head;

	if (!source_can_seek(compressed) || end < sizeof(footer) + HEADER ||
	    source_read_at(compressed, end - sizeof(footer), footer, sizeof(footer), NULL) < 0)
		return 0;
	table->count = load_le32(footer);
	table->row_bytes = footer[4] & SEEK_TABLE_WITH_CHECKSUMS ? 12 : 8;
	body = (uint64_t)table->count * table->row_bytes + sizeof(footer);
	table->at = end - body - HEADER;
	table->rows_at = table->at + HEADER;
	has_head = body + HEADER <= end &&
		   source_read_at(compressed, table->at, header, HEADER, NULL) == 0 &&
		   load_le32(header) == SEEK_TABLE_MAGIC && load_le32(header + 4) == body;
	if (load_le32(footer + 5) != SEEK_TABLE_FOOTER_MAGIC)
		return has_head ? does_not_fit(compressed, problem, "has no footer") : 0;
	if (footer[4] & RESERVED_BITS || body + HEADER > end)
		return does_not_fit(compressed, problem,
				    "is larger than the file, or of an unknown kind");
	if (!has_head)
		return does_not_fit(compressed, problem, "has no header");
	return table->count <= ROWS_MAX;
}

/* A frame whose row says that it is empty is never read: its content would be lost unnoticed. */
static bool is_empty(struct source *compressed, uint64_t at, uint32_t compressed_bytes)
{
	uint8_t head[EMPTY_HEAD_BYTES] = {0};
	size_t length = compressed_bytes < sizeof(head) ? compressed_bytes : sizeof(head);

	if (length < SKIPPABLE_HEADER_BYTES ||
	    source_read_at(compressed, at, head, length, NULL) < 0)
		return false;
	if ((load_le32(head) & ~0xfu) == SKIPPABLE_MAGIC)
		return load_le32(head + 4) == compressed_bytes - SKIPPABLE_HEADER_BYTES;
	return ZSTD_getFrameContentSize(head, length) == 0;
}

/*
 * Reads the rows; stores them if rows is not null. Returns 1, 0 if there is a frame that is too long to
 * keep, or -1 if the rows are wrong.
 */
static int read_rows(struct source *compressed, const struct table *table, struct row *rows,
		     struct pimg_error *error)
{
	enum { BATCH = 1024 };
	uint8_t bytes[BATCH * 12];
	struct row row = {0};
	unsigned empty = 0;
	bool too_long = false;

	for (uint32_t done = 0; done < table->count;) {
		uint32_t count = table->count - done < BATCH ? table->count - done : BATCH;

		if (source_read_at(compressed, table->rows_at + (uint64_t)done * table->row_bytes,
				   bytes, (size_t)count * table->row_bytes, error) < 0)
			return -1;
		for (uint32_t i = 0; i < count; i++) {
			const uint8_t *at = bytes + (size_t)i * table->row_bytes;

			row.checksum = table->row_bytes > 8 ? load_le32(at + 8) : 0;
			if (rows)
				rows[done + i] = row;
			else if (!load_le32(at + 4) &&
				 (++empty > EMPTY_ROWS_MAX ||
				  !is_empty(compressed, row.compressed_at, load_le32(at))))
				return does_not_fit(compressed, error,
						    "lists frames as empty that are not");
			row.compressed_at += load_le32(at);
			row.at += load_le32(at + 4);
			too_long |= load_le32(at + 4) > FRAME_MAX;
		}
		done += count;
	}
	if (rows)
		rows[table->count] = row;
	if (row.compressed_at != table->at)
		return does_not_fit(compressed, error, "does not match the frames before it");
	return !too_long;
}

bool seekable_has_table(struct source *compressed, struct pimg_error *problem)
{
	struct table table;

	return find_table(compressed, &table, problem) > 0 &&
	       read_rows(compressed, &table, NULL, problem) > 0;
}

/* ---- reading ---- */

static uint64_t total(const struct seekable *seekable)
{
	return seekable->rows[seekable->row_count].at;
}

static int frame_failed(struct seekable *seekable, enum codec_result result, const char *why,
			struct pimg_error *error)
{
	const struct row *row = &seekable->rows[seekable->row];

	seekable->in_frame = false;
	if (result == CODEC_MEMORY)
		error_memory(error);
	else if (result == CODEC_WINDOW)
		error_check(error, CHECK_WINDOW,
			    "has frames that need more than %u MiB of memory to decompress",
			    1U << (CODEC_WINDOW_LOG - 20));
	else
		error_check(error, CHECK_COMPRESSION,
			    "zstd frame %zu of %zu, at byte %" PRIu64
			    " of the file, is damaged: %s",
			    seekable->row + 1, seekable->row_count, row->compressed_at, why);
	return error_in_file(error, source_name(seekable->compressed));
}

/* The frame that contains offset: the last one that begins there or before, and is not empty. */
static size_t find_row(const struct seekable *seekable, uint64_t offset)
{
	size_t low = 0, high = seekable->row_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (seekable->rows[middle].at <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int begin_frame(struct seekable *seekable, size_t row, struct pimg_error *error)
{
	seekable->row = row;
	seekable->at = seekable->rows[row].at;
	seekable->in_frame = true;
	XXH64_reset(seekable->hash, 0);
	seekable->codec->again(seekable->state);
	return source_seek(seekable->compressed, seekable->rows[row].compressed_at, error);
}

static int end_frame(struct seekable *seekable, struct pimg_error *error)
{
	const struct row *row = &seekable->rows[seekable->row];

	seekable->in_frame = false;
	if (seekable->at != row[1].at ||
	    source_offset(seekable->compressed) != row[1].compressed_at)
		return frame_failed(seekable, CODEC_DAMAGED,
				    "its sizes do not match the seek table", error);
	if (seekable->checksums && (uint32_t)XXH64_digest(seekable->hash) != row->checksum)
		return frame_failed(seekable, CODEC_DAMAGED,
				    "its checksum does not match the seek table", error);
	return 0;
}

/* Decompresses the next bytes of the frame. Returns how many, 0 at its end, or -1. */
static ssize_t step_frame(struct seekable *seekable, void *buffer, size_t length,
			  struct pimg_error *error)
{
	uint64_t left_below = seekable->rows[seekable->row + 1].compressed_at -
			      source_offset(seekable->compressed);
	uint64_t left = seekable->rows[seekable->row + 1].at - seekable->at;
	/* No more than its row says, so that excess data is not taken for the next frame's content. */
	struct codec_step step = {.out = buffer, .out_size = left < length ? (size_t)left : length};
	const char *why = NULL;
	ssize_t there = source_peek(seekable->compressed, 1, &step.in, error);
	enum codec_result result;

	if (there < 0)
		return -1;
	step.in_size = (uint64_t)there < left_below ? (size_t)there : (size_t)left_below;
	result = seekable->codec->step(seekable->state, &step, &why);
	source_consume(seekable->compressed, step.in_used);
	if (result > CODEC_END)
		return frame_failed(seekable, result, why, error);
	seekable->at += step.out_used;
	if (seekable->checksums)
		XXH64_update(seekable->hash, buffer, step.out_used);
	if (result == CODEC_END && end_frame(seekable, error) < 0)
		return -1;
	if (result != CODEC_END && !step.in_used && !step.out_used)
		return frame_failed(seekable, CODEC_DAMAGED,
				    "its content is shorter than the seek table says", error);
	return (ssize_t)step.out_used;
}

/* The checksum follows the content, and must be read too. */
static int finish_frame(struct seekable *seekable, struct pimg_error *error)
{
	uint8_t none;

	while (seekable->in_frame && seekable->at == seekable->rows[seekable->row + 1].at) {
		if (step_frame(seekable, &none, 0, error) < 0)
			return -1;
	}
	return 0;
}

static uint64_t frame_length(const struct seekable *seekable, size_t row)
{
	return seekable->rows[row + 1].at - seekable->rows[row].at;
}

/* Decompresses a complete frame. Its row gives its length, which is at most FRAME_MAX. */
static int hold_frame(struct seekable *seekable, size_t row, struct pimg_error *error)
{
	size_t length = (size_t)frame_length(seekable, row), done = 0;

	seekable->held_row = seekable->row_count;
	if (length > seekable->held_room) {
		free(take_pointer(seekable->held));
		seekable->held_room = 0;
		seekable->held = malloc(length);
		if (!seekable->held)
			return error_memory(error);
		seekable->held_room = length;
	}
	if (begin_frame(seekable, row, error) < 0)
		return -1;
	while (seekable->in_frame && done < length) {
		ssize_t got = step_frame(seekable, seekable->held + done, length - done, error);

		if (got < 0)
			return -1;
		done += (size_t)got;
	}
	if (finish_frame(seekable, error) < 0)
		return -1;
	if (done < length)
		return frame_failed(seekable, CODEC_DAMAGED, "it is truncated", error);
	seekable->held_row = row;
	return 0;
}

/* No byte is returned before its entire frame has been checked. */
static ssize_t seekable_read(void *self, uint64_t offset, void *buffer, size_t length,
			     struct pimg_error *error)
{
	struct seekable *seekable = self;
	uint64_t at, left;
	size_t row;

	if (offset >= total(seekable))
		return 0;
	row = find_row(seekable, offset);
	if (seekable->held_row != row && hold_frame(seekable, row, error) < 0)
		return -1;
	at = offset - seekable->rows[row].at;
	left = frame_length(seekable, row) - at;
	if (length > left)
		length = (size_t)left;
	memcpy(buffer, seekable->held + at, length);
	return (ssize_t)length;
}

static int64_t seekable_length(void *self, struct pimg_error *error)
{
	(void)error;
	return (int64_t)total(self);
}

static uint64_t seekable_consumed(void *self)
{
	const struct seekable *seekable = self;

	return source_consumed_with(seekable->compressed);
}

static void seekable_free(struct seekable *seekable)
{
	if (seekable->state)
		seekable->codec->close(seekable->state);
	XXH64_freeState(seekable->hash);
	free(seekable->rows);
	free(seekable->held);
	free(seekable);
}

static void seekable_close(void *self)
{
	struct seekable *seekable = self;

	source_close(seekable->compressed);
	seekable_free(seekable);
}

static const struct source_backend seekable_backend = {
	.read = seekable_read,
	.length = seekable_length,
	.consumed = seekable_consumed,
	.close = seekable_close,
};

struct source *seekable_open(struct source *compressed, struct pimg_error *error)
{
	struct seekable *seekable = calloc(1, sizeof(*seekable));
	struct table table;

	/* The frame was checked before: data that is missing now was there then. */
	error_check(error, CHECK_CHANGED, "the file changed while it was read");
	error_in_file(error, source_name(compressed));
	if (!seekable || find_table(compressed, &table, error) <= 0) {
		if (!seekable)
			error_memory(error);
		free(seekable);
		return NULL;
	}
	seekable->codec = codec_of(COMPRESSION_ZSTD);
	seekable->state = codec_open(seekable->codec, error);
	seekable->rows = reallocarray(NULL, (size_t)table.count + 1, sizeof(struct row));
	seekable->hash = XXH64_createState();
	seekable->row_count = seekable->held_row = table.count;
	seekable->checksums = table.row_bytes > 8;
	if (!seekable->state || !seekable->rows || !seekable->hash)
		error_memory(error);
	else if (read_rows(compressed, &table, seekable->rows, error) > 0) {
		seekable->compressed = compressed;
		return source_new(&seekable_backend, seekable, source_name(compressed), true,
				  total(seekable), error);
	}
	seekable_free(seekable);
	return NULL;
}

/* ---- skippable frames ---- */

static int read_skippable(struct seekable *seekable, const struct row *row, uint32_t magic,
			  size_t most, uint8_t **data, size_t *length, struct pimg_error *error)
{
	enum { HEADER = 8 };
	uint64_t size = row[1].compressed_at - row->compressed_at;
	uint8_t header[HEADER];

	if (row[1].at != row->at || size < HEADER || size - HEADER > most)
		return 0;
	if (source_read_at(seekable->compressed, row->compressed_at, header, HEADER, error) < 0)
		return -1;
	if (load_le32(header) != magic || load_le32(header + 4) != size - HEADER)
		return 0;
	*length = size - HEADER;
	*data = malloc(*length ? *length : 1);
	if (!*data)
		return error_memory(error);
	if (source_read_at(seekable->compressed, row->compressed_at + HEADER, *data, *length,
			   error) == 0)
		return 1;
	free(take_pointer(*data));
	return -1;
}

int seekable_skippable(struct source *source, uint32_t magic, size_t most, uint8_t **data,
		       size_t *length, struct pimg_error *error)
{
	struct seekable *seekable = source->self;
	int result = 0;

	if (source->backend != &seekable_backend)
		return 0;
	for (size_t i = seekable->row_count; i-- && !result;) {
		if (seekable->rows[i + 1].at != seekable->rows[i].at)
			break;
		result = read_skippable(seekable, &seekable->rows[i], magic, most, data, length,
					error);
	}
	return result;
}
