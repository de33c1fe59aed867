// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Seekable zstd: frames that can be decompressed separately, and the table that locates them.
 *
 * zstd's own threads compress several frames at the same time. Each frame has a context with one worker,
 * which gets the entire frame in one call and no room for output: so zstd copies the content, starts the
 * worker and returns. The contexts form a ring. When the ring is full, the oldest frame is awaited,
 * verified and written.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/byte-order.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "io/compression/compressor-method.h"
#include "io/compression/compressor-zstd.h"
#include "io/compression/seek-table.h"

/* A frame ends at the first mark after this many bytes; a reader always decompresses complete frames. */
#define FRAME_BYTES (1024 * 1024)
/* The first one ends earlier: opening a file reads its beginning, and often nothing else of this frame. */
#define FIRST_FRAME_BYTES (16 * 1024)
/* Without a mark it ends here, to limit memory. */
#define FRAME_MAX_BYTES (4 * 1024 * 1024)
/* The rest of the record at whose end the frame is cut rarely needs more. */
#define FRAME_USUAL_BYTES (FRAME_BYTES + 128 * 1024)
/* All content that is being compressed: each byte is in memory twice, and once more compressed. */
#define RUNNING_BYTES (10 * 1024 * 1024)

/*
 * Noise, in which zstd finds few matches, keeps it searching in tables that, together with a frame, are
 * larger than a processor's cache. With tables of half the size of level 3, noise takes a quarter less time
 * and no more space, but other data would take up to a tenth more. So the choice depends on an earlier
 * frame, which is the same one on every machine.
 */
#define TABLES_LEVEL 3
#define HASH_LOG     16
#define CHAIN_LOG    15

/*
 * Two frames more than there are processors, so that none is idle while the oldest frame is written, and one
 * frame that is being filled. With more, threads take turns on a processor, and each finds another one's tables
 * in the cache; and more than RUNNING_BYTES would only waste memory.
 */
#define RING_FRAMES_MORE 3
#define RING_FRAMES_MAX	 (RUNNING_BYTES / FRAME_BYTES + 1)

struct frame {
	ZSTD_CCtx *context;
	uint8_t *content;
	size_t length, capacity;
	ZSTD_inBuffer input; /* the content, and how much of it zstd has consumed */
	uint64_t number;
};

/* Grows without keeping its content. */
struct buffer {
	uint8_t *bytes;
	size_t size;
};

struct seekable {
	struct compressor compressor;
	int level;
	struct frame ring[RING_FRAMES_MAX];
	unsigned frames;  /* in the ring */
	unsigned oldest;  /* the first that is being compressed */
	unsigned running; /* count of these; after them comes the one that is being filled */
	size_t running_bytes;
	uint64_t started;	     /* frames */
	bool noise[RING_FRAMES_MAX]; /* of the frames written last, by number */
	struct buffer packed, proof; /* of the frame that is being written */
	ZSTD_DCtx *unpack;
	struct seek_table table;
};

static struct frame *filling(struct seekable *seekable)
{
	return &seekable->ring[(seekable->oldest + seekable->running) % seekable->frames];
}

static void frame_release(struct frame *frame)
{
	ZSTD_freeCCtx(frame->context);
	free(frame->content);
	memset(frame, 0, sizeof(*frame));
}

static int frame_append(struct frame *frame, const void *data, size_t length,
			struct pimg_error *error)
{
	size_t needed = frame->length + length;

	if (needed > frame->capacity || !frame->content) {
		size_t capacity = needed <= FRAME_USUAL_BYTES	  ? FRAME_USUAL_BYTES
				  : needed <= FRAME_MAX_BYTES / 2 ? FRAME_MAX_BYTES / 2
								  : FRAME_MAX_BYTES;
		uint8_t *content = realloc(frame->content, capacity);

		if (!content)
			return error_memory(error);
		frame->content = content;
		frame->capacity = capacity;
	}
	memcpy(frame->content + frame->length, data, length);
	frame->length = needed;
	return 0;
}

static void choose_tables(struct seekable *seekable, struct frame *frame)
{
	int level = seekable->level ? seekable->level : ZSTD_defaultCLevel();
	bool noise = seekable->noise[frame->number % RING_FRAMES_MAX];

	if (level != TABLES_LEVEL)
		return;
	/* 0 selects the value for the level. */
	ZSTD_CCtx_setParameter(frame->context, ZSTD_c_hashLog, noise ? HASH_LOG : 0);
	ZSTD_CCtx_setParameter(frame->context, ZSTD_c_chainLog, noise ? CHAIN_LOG : 0);
}

static int frame_start(struct seekable *seekable, struct frame *frame, struct pimg_error *error)
{
	ZSTD_outBuffer no_room = {NULL, 0, 0};
	sigset_t before;
	size_t result;

	if (!frame->context)
		frame->context = zstd_context(seekable->level, 1, error);
	if (!frame->context)
		return -1;
	frame->number = seekable->started++;
	choose_tables(seekable, frame);
	/*
	 * One job for the entire frame, which then needs no data of an earlier job. libzstd without threads
	 * refuses this.
	 */
	ZSTD_CCtx_setParameter(frame->context, ZSTD_c_jobSize, (int)frame->capacity);
	ZSTD_CCtx_setParameter(frame->context, ZSTD_c_overlapLog, 1);
	frame->input = (ZSTD_inBuffer){frame->content, frame->length, 0};
	/*
	 * The first call creates the context's thread. It also ends the frame: so zstd knows the length, and
	 * writes it to the header.
	 */
	signals_block_all(&before);
	result = ZSTD_compressStream2(frame->context, &no_room, &frame->input, ZSTD_e_end);
	signals_unblock(&before);
	return ZSTD_isError(result) ? zstd_failed(result, error) : 0;
}

/* Waits for the frame. Returns its compressed size, or 0. */
static size_t frame_finish(struct frame *frame, struct buffer *packed, struct pimg_error *error)
{
	ZSTD_outBuffer output = {packed->bytes, packed->size, 0};
	size_t left;

	do {
		left = ZSTD_compressStream2(frame->context, &output, &frame->input, ZSTD_e_end);
	} while (!ZSTD_isError(left) && left && output.pos < output.size);
	if (ZSTD_isError(left)) {
		zstd_failed(left, error);
		return 0;
	}
	if (left) {
		error_data(error, "zstd produced more output for %zu bytes than its own limit",
			   frame->length);
		return 0;
	}
	return output.pos;
}

static int make_room(struct buffer *buffer, size_t size, struct pimg_error *error)
{
	if (size <= buffer->size)
		return 0;
	free(buffer->bytes);
	buffer->size = 0;
	buffer->bytes = malloc(size);
	if (!buffer->bytes)
		return error_memory(error);
	buffer->size = size;
	return 0;
}

/* No frame is written unless it decompresses to its content. */
static int prove(struct seekable *seekable, const struct frame *frame, size_t packed_bytes,
		 struct pimg_error *error)
{
	const struct buffer *proof = &seekable->proof;
	size_t result = ZSTD_decompressDCtx(seekable->unpack, proof->bytes, proof->size,
					    seekable->packed.bytes, packed_bytes);

	if (ZSTD_isError(result))
		return error_data(error, "data compressed by zstd cannot be decompressed: %s",
				  ZSTD_getErrorName(result));
	if (result != frame->length || memcmp(proof->bytes, frame->content, result) != 0)
		return error_data(error, "data compressed by zstd decompresses to different data");
	return 0;
}

/* The seek table stores zstd's own checksum of the content, which is the end of the frame. */
static uint32_t frame_checksum(const uint8_t *packed, size_t length)
{
	return load_le32(packed + length - 4);
}

static int hand_out(struct seekable *seekable, struct frame *frame, struct pimg_error *error)
{
	struct buffer *packed = &seekable->packed;
	size_t length;

	if (make_room(packed, ZSTD_compressBound(frame->capacity), error) < 0 ||
	    make_room(&seekable->proof, frame->capacity, error) < 0)
		return -1;
	length = frame_finish(frame, packed, error);
	if (!length || prove(seekable, frame, length, error) < 0)
		return -1;
	seekable->noise[frame->number % RING_FRAMES_MAX] =
		length > frame->length - frame->length / 8;
	if (seek_table_add(&seekable->table, (uint32_t)length, (uint32_t)frame->length,
			   frame_checksum(packed->bytes, length), error) < 0)
		return -1;
	return compressor_output(&seekable->compressor, packed->bytes, length, error);
}

static int hand_out_oldest(struct seekable *seekable, struct pimg_error *error)
{
	struct frame *frame = &seekable->ring[seekable->oldest];
	int result = hand_out(seekable, frame, error);

	seekable->oldest = (seekable->oldest + 1) % seekable->frames;
	seekable->running--;
	seekable->running_bytes -= frame->length;
	frame->length = 0;
	/* Memory that few frames need is not kept for every frame of the ring. */
	if (frame->capacity > FRAME_USUAL_BYTES)
		frame_release(frame);
	return result;
}

static int cut(struct seekable *seekable, struct pimg_error *error)
{
	struct frame *frame = filling(seekable);

	while (seekable->running && seekable->running_bytes + frame->length > RUNNING_BYTES) {
		if (hand_out_oldest(seekable, error) < 0)
			return -1;
	}
	if (frame_start(seekable, frame, error) < 0)
		return -1;
	seekable->running++;
	seekable->running_bytes += frame->length;
	return seekable->running < seekable->frames ? 0 : hand_out_oldest(seekable, error);
}

static int seekable_write(struct compressor *compressor, const void *data, size_t length,
			  struct pimg_error *error)
{
	struct seekable *seekable = (struct seekable *)compressor;
	const uint8_t *next = data;

	while (length) {
		size_t room = FRAME_MAX_BYTES - filling(seekable)->length;
		size_t part = length < room ? length : room;

		if (!room) {
			if (cut(seekable, error) < 0)
				return -1;
			continue;
		}
		if (frame_append(filling(seekable), next, part, error) < 0)
			return -1;
		next += part;
		length -= part;
	}
	return 0;
}

static int seekable_mark(struct compressor *compressor, struct pimg_error *error)
{
	struct seekable *seekable = (struct seekable *)compressor;

	size_t enough = seekable->started ? FRAME_BYTES : FIRST_FRAME_BYTES;

	return filling(seekable)->length < enough ? 0 : cut(seekable, error);
}

/* Writes everything so far: at least one frame, because zstd does not accept a file without one. */
static int flush(struct seekable *seekable, struct pimg_error *error)
{
	bool nothing_yet = !seekable->running && !seekable->table.frames;

	if (nothing_yet && frame_append(filling(seekable), "", 0, error) < 0)
		return -1;
	if ((nothing_yet || filling(seekable)->length) && cut(seekable, error) < 0)
		return -1;
	while (seekable->running) {
		if (hand_out_oldest(seekable, error) < 0)
			return -1;
	}
	return 0;
}

static int seekable_skippable(struct compressor *compressor, uint32_t magic, const void *data,
			      size_t length, struct pimg_error *error)
{
	struct seekable *seekable = (struct seekable *)compressor;
	uint8_t header[SKIPPABLE_HEADER_BYTES];

	if ((magic & ~0xfu) != SKIPPABLE_MAGIC || magic == SEEK_TABLE_MAGIC)
		return error_usage(error, "0x%08x is not the magic number of a skippable frame",
				   magic);
	if (length > UINT32_MAX - sizeof(header))
		return error_usage(error, "a skippable frame cannot have %zu bytes", length);
	if (flush(seekable, error) < 0)
		return -1;
	skippable_header(header, magic, (uint32_t)length);
	if (seek_table_add(&seekable->table, (uint32_t)(sizeof(header) + length), 0,
			   (uint32_t)XXH64(NULL, 0, 0), error) < 0)
		return -1;
	if (compressor_output(compressor, header, sizeof(header), error) < 0)
		return -1;
	return length ? compressor_output(compressor, data, length, error) : 0;
}

static int seekable_finish(struct compressor *compressor, struct pimg_error *error)
{
	struct seekable *seekable = (struct seekable *)compressor;
	const struct seek_table *table = &seekable->table;

	if (flush(seekable, error) < 0 || seek_table_finish(&seekable->table, error) < 0)
		return -1;
	return compressor_output(compressor, table->bytes, table->length, error);
}

static void seekable_free(struct compressor *compressor)
{
	struct seekable *seekable = (struct seekable *)compressor;

	for (unsigned i = 0; i < seekable->frames; i++)
		frame_release(&seekable->ring[i]);
	ZSTD_freeDCtx(seekable->unpack);
	free(seekable->packed.bytes);
	free(seekable->proof.bytes);
	seek_table_free(&seekable->table);
	free(seekable);
}

static struct compressor *seekable_open(struct compressor base, enum compression method, int level,
					struct pimg_error *error)
{
	struct seekable *seekable = calloc(1, sizeof(*seekable));

	(void)method;
	if (!seekable) {
		error_memory(error);
		return NULL;
	}
	seekable->compressor = base;
	seekable->level = level;
	seekable->frames = (unsigned)zstd_processors() + RING_FRAMES_MORE;
	if (seekable->frames > RING_FRAMES_MAX)
		seekable->frames = RING_FRAMES_MAX;
	seekable->unpack = ZSTD_createDCtx();
	if (!seekable->unpack) {
		seekable_free(&seekable->compressor);
		error_memory(error);
		return NULL;
	}
	return &seekable->compressor;
}

const struct compressor_ops compressor_seekable_ops = {
	.open = seekable_open,
	.write = seekable_write,
	.mark = seekable_mark,
	.skippable = seekable_skippable,
	.finish = seekable_finish,
	.free = seekable_free,
};
