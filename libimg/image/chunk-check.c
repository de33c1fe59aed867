// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/chunk-check.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "pipeimg-private.h"

int chunk_reread_head(const struct pimg_image *image, size_t queue,
		      const struct indexed_chunk *chunk, struct entry *entry,
		      struct pimg_error *error)
{
	const struct image_queue *from = &image->queues[queue];
	uint32_t length = chunk->head - 4;
	_cleanup_free_ uint8_t *message = malloc(length + 1);

	if (!message)
		return error_memory(error);
	if (source_read_at(image->parts[from->part].source, chunk->at - length, message, length,
			   error) < 0 ||
	    entry_decode(entry, from->info.type, message, length, error) < 0)
		return -1;
	if (entry->id != from->info.id || entry->bytes < chunk->length)
		return error_check(error, CHECK_CHANGED, "the file changed while it was read");
	return 0;
}

static const struct indexed_chunk *chunk_of(const struct chunk_check *check, size_t queue,
					    size_t chunk)
{
	return &check->image->queues[queue].chunks[chunk];
}

/* Adds the position of the last chunk to the error. */
static int fail(const struct chunk_check *check, struct pimg_error *error)
{
	const struct image_queue *queue = &check->image->queues[check->queue];

	error_of_queue(error, queue->info.type, queue->info.id);
	error_at(error, (uint64_t)PIMG_NONE, queue->chunks[check->next - 1].at);
	return error_in_file(error, source_name(check->image->parts[queue->part].source));
}

int chunk_check_begin(struct chunk_check *check, size_t queue, size_t chunk,
		      struct pimg_error *error)
{
	const struct indexed_chunk *found = chunk_of(check, queue, chunk);
	bool goes_on = !found->head && check->queue == queue && check->next == chunk;
	struct entry entry;

	check->queue = queue;
	check->next = chunk + 1;
	if (goes_on)
		return 0;
	checksum_give_up(&check->checksum);
	if (!found->head)
		return 0;
	if (chunk_reread_head(check->image, queue, found, &entry, error) < 0 ||
	    checksum_start(&check->checksum, &entry, error) < 0)
		return fail(check, error);
	check->left = entry.bytes;
	return 0;
}

void chunk_check_add(struct chunk_check *check, const void *data, size_t length)
{
	if (!check->checksum.comparing)
		return;
	checksum_add(&check->checksum, data, length);
	check->left -= length;
}

int chunk_check_end(struct chunk_check *check, struct pimg_error *error)
{
	if (!check->checksum.comparing || check->left)
		return 0;
	return checksum_end(&check->checksum, error) < 0 ? fail(check, error) : 1;
}

void chunk_check_release(struct chunk_check *check)
{
	checksum_release(&check->checksum);
}

/* ---- one chunk ---- */

static int pass_chunk(struct chunk_check *check, struct pimg_error *error)
{
	enum { PIECE = 256 * 1024 };
	size_t chunk = check->next - 1;
	uint32_t length = chunk_of(check, check->queue, chunk)->length;
	_cleanup_free_ uint8_t *piece = malloc(length < PIECE ? length + 1 : PIECE);

	if (!piece)
		return error_memory(error);
	for (uint32_t done = 0; done < length;) {
		uint32_t count = length - done < PIECE ? length - done : PIECE;

		if (pimg_image_read(check->image, check->queue, chunk, done, piece, count, error) <
		    0)
			return -1;
		chunk_check_add(check, piece, count);
		done += count;
	}
	return chunk_check_end(check, error);
}

int pimg_image_check_chunk(struct pimg_image *image, size_t queue, size_t chunk,
			   struct pimg_error *error)
{
	struct chunk_check check = {.image = image};
	int result = 0;

	ASK_WHEN_INTERRUPTED(&image->progress);
	if (image->unindexed)
		return error_usage(error, "the image was opened without its index");
	if (chunk_check_begin(&check, queue, chunk, error) < 0)
		result = -1;
	else if (check.checksum.comparing && check.left == chunk_of(&check, queue, chunk)->length)
		result = pass_chunk(&check, error);
	chunk_check_release(&check);
	return result;
}
