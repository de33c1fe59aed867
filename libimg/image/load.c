// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "image/chunk-check.h"
#include "queue/queue.h"

/*
 * The record whose chunks are being loaded. Its checksum is computed over the bytes of its chunks in the
 * queue, after all of them are loaded.
 */
struct loading {
	const struct pimg_image *image;
	size_t number; /* of the queue */
	const struct image_queue *from;
	struct source *source;
	struct pimg_queue *queue;
	bool has_checksum;
	uint64_t checksum;
	uint64_t start, end; /* in the bytes of the queue */
};

static int start_record(struct loading *loading, const struct indexed_chunk *chunk,
			struct pimg_error *error)
{
	struct entry entry;

	if (chunk_reread_head(loading->image, loading->number, chunk, &entry, error) < 0)
		return -1;
	loading->has_checksum = entry.has_checksum;
	loading->checksum = entry.checksum;
	loading->start = pimg_queue_bytes(loading->queue);
	loading->end = loading->start + entry.bytes;
	return 0;
}

/* Appends a chunk piece by piece, so that memory is only allocated for bytes that exist. */
static int load_chunk(struct loading *loading, const struct indexed_chunk *chunk,
		      struct pimg_error *error)
{
	enum { PIECE = 1024 * 1024 };
	enum pimg_kind kind = image_chunk_kind(loading->from, chunk);
	uint32_t done = 0;

	do {
		uint32_t length = chunk->length - done;
		uint8_t *room;

		/* A packet must be added in one piece. */
		if (kind == PIMG_STREAM && length > PIECE)
			length = PIECE;
		room = queue_reserve(loading->queue, length, error);
		if (!room ||
		    source_read_at(loading->source, chunk->at + done, room, length, error) < 0 ||
		    queue_adopt(loading->queue, kind, length, error) < 0)
			return -1;
		done += length;
	} while (done < chunk->length);
	return 0;
}

static int check_checksum(const struct loading *loading, struct pimg_error *error)
{
	const uint8_t *data = pimg_queue_data(loading->queue);
	uint64_t found;

	if (!loading->has_checksum || pimg_queue_bytes(loading->queue) < loading->end)
		return 0;
	found = hash_bytes(data + loading->start, loading->end - loading->start);
	if (found == loading->checksum)
		return 0;
	return error_check(
		error, CHECK_PAYLOAD_CHECKSUM,
		"bytes of the payload changed since it was written: its XXH3-64 is %016" PRIx64
		", not %016" PRIx64,
		found, loading->checksum);
}

static int load_chunks(struct loading *loading, struct pimg_error *error)
{
	for (size_t i = 0; i < loading->from->info.chunks; i++) {
		const struct indexed_chunk *chunk = &loading->from->chunks[i];

		if ((chunk->head && start_record(loading, chunk, error) < 0) ||
		    load_chunk(loading, chunk, error) < 0 || check_checksum(loading, error) < 0)
			return error_at(error, (uint64_t)PIMG_NONE, chunk->at);
	}
	return 0;
}

static int load_attributes(struct pimg_queue *queue, const struct pimg_queue_info *info,
			   struct pimg_error *error)
{
	for (size_t i = 0; i < info->end_count; i++) {
		if (pimg_queue_add_end(queue, pimg_end_at(info->ends, i), error) < 0)
			return -1;
	}
	return 0;
}

struct pimg_queue *pimg_image_load(struct pimg_image *image, size_t queue_number,
				   struct pimg_error *error)
{
	const struct image_queue *from = &image->queues[queue_number];
	struct loading loading = {
		.image = image,
		.number = queue_number,
		.from = from,
		.source = image->parts[from->part].source,
		.queue = pimg_queue_new(from->info.type, from->info.id, from->info.capacity),
	};

	ASK_WHEN_INTERRUPTED(&image->progress);
	if (!loading.queue) {
		error_memory(error);
		return NULL;
	}
	if (image->unindexed) {
		error_usage(error, "the image was opened without its index");
		goto fail;
	}
	if (from->info.bytes > QUEUE_LOADED_MAX) {
		error_check(error, CHECK_NOT_LOADED,
			    "a queue of %" PRIu64 " bytes; at most %u are read into memory",
			    from->info.bytes, QUEUE_LOADED_MAX);
		goto fail;
	}
	pimg_queue_set_origin(loading.queue, &from->origin);
	if (load_attributes(loading.queue, &from->info, error) == 0 &&
	    load_chunks(&loading, error) == 0)
		return loading.queue;
fail:
	error_of_queue(error, from->info.type, from->info.id);
	error_in_file(error, source_name(loading.source));
	pimg_queue_free(loading.queue);
	return NULL;
}
