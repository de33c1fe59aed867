// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/export-image.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/progress.h"
#include "exchange/json.h"
#include "image/chunk-check.h"
#include "image/image.h"
#include "image/open.h"
#include "image/writer.h"
#include "io/sink/sink.h"
#include "pipeimg-private.h"
#include "queue/queue.h"

/* Queues are built in memory from the chunks, in the order of their first chunks. */
struct making {
	struct pimg_image *image;
	struct pimg_queue **queues;
	size_t count;
	size_t *number_of; /* plus 1, by the queue's number in the image; or 0 */
	struct pimg_writer_options options;
	struct chunk_check check;
	const struct pimg_progress *progress; /* or null */
	uint64_t bytes, total;
};

static void making_release(struct making *making)
{
	for (size_t i = 0; i < making->count; i++)
		pimg_queue_free(making->queues[i]);
	free(making->queues);
	free(making->number_of);
	chunk_check_release(&making->check);
}

static int report(const struct making *making, uint64_t done, struct pimg_error *error)
{
	return progress_report(making->progress, done, making->total * 2, error);
}

/* ---- queues ---- */

/* A file contains queues of one type. Merged packets stay one plain record, as in pimg_convert(). */
static int check_queue(struct making *making, const struct pimg_queue_info *info,
		       struct pimg_error *error)
{
	enum pimg_layout layout = info->boundaries_lost ? PIMG_LAYOUT_SPLICED : PIMG_LAYOUT_PACKETS;

	if (info->type == PIMG_SOCKET)
		return error_usage(error, "socket datagrams cannot be written as an image");
	if (!making->count)
		making->options.layout = layout;
	if (making->count && pimg_queue_type(making->queues[0]) != info->type)
		return error_usage(error, "an image contains either pipes or FIFOs, not both; "
					  "write each to a separate file");
	if (making->options.layout != layout)
		return error_usage(error, "a queue with lost boundaries cannot be in an image with "
					  "other queues; write its bytes to another file");
	return 0;
}

static int add_queue(struct making *making, size_t number, struct pimg_error *error)
{
	const struct pimg_queue_info *info = pimg_image_queue(making->image, number);
	struct pimg_queue *queue;

	if (check_queue(making, info, error) < 0)
		return error_of_queue(error, info->type, info->id);
	queue = pimg_queue_new(info->type, info->id, info->capacity);
	if (!queue)
		return error_memory(error);
	making->queues[making->count++] = queue;
	making->number_of[number] = making->count;
	pimg_queue_set_origin(queue, pimg_image_origin(making->image, number));
	for (size_t i = 0; i < info->end_count; i++) {
		if (pimg_queue_add_end(queue, pimg_end_at(info->ends, i), error) < 0)
			return -1;
	}
	return 0;
}

/* A new image gets new checksums, so changed bytes must not get into it. */
static int read_chunk(struct making *making, const struct pimg_chunk_id *id, uint8_t *bytes,
		      uint32_t length, struct pimg_error *error)
{
	if (chunk_check_begin(&making->check, id->queue, id->chunk, error) < 0 ||
	    pimg_image_read(making->image, id->queue, id->chunk, 0, bytes, length, error) < 0)
		return -1;
	chunk_check_add(&making->check, bytes, length);
	return chunk_check_end(&making->check, error) < 0 ? -1 : 0;
}

static int add_chunk(struct making *making, const struct pimg_chunk_id *id,
		     struct pimg_error *error)
{
	struct pimg_chunk chunk = pimg_image_chunk(making->image, id->queue, id->chunk);
	struct pimg_queue *queue;
	uint8_t *room;

	if (!making->number_of[id->queue] && add_queue(making, id->queue, error) < 0)
		return -1;
	queue = making->queues[making->number_of[id->queue] - 1];
	room = queue_reserve(queue, chunk.length, error);
	if (!room || read_chunk(making, id, room, chunk.length, error) < 0 ||
	    queue_adopt(queue, chunk.kind, chunk.length, error) < 0)
		return -1;
	making->bytes += chunk.length;
	return report(making, making->bytes, error);
}

static int make_queues(struct making *making, const struct pimg_chunk_id *ids, size_t count,
		       struct pimg_error *error)
{
	size_t queue_count = pimg_image_queue_count(making->image);

	making->queues = calloc(queue_count, sizeof(struct pimg_queue *));
	making->number_of = calloc(queue_count, sizeof(*making->number_of));
	if (!making->queues || !making->number_of)
		return error_memory(error);
	for (size_t i = 0; i < count; i++)
		making->total += pimg_image_chunk(making->image, ids[i].queue, ids[i].chunk).length;
	if (making->total > QUEUE_LOADED_MAX)
		return error_usage(error,
				   "packets of %" PRIu64
				   " bytes; at most %u can be written as an image",
				   making->total, QUEUE_LOADED_MAX);
	for (size_t i = 0; i < count; i++) {
		if (add_chunk(making, &ids[i], error) < 0)
			return -1;
	}
	making->options.queue_count = (uint32_t)making->count;
	return 0;
}

/* ---- writing ---- */

static int write_image(const struct making *making, const char *to, struct pimg_error *error)
{
	struct pimg_writer *writer =
		pimg_writer_open(to, pimg_queue_type(making->queues[0]), &making->options, error);

	if (!writer)
		return -1;
	for (size_t i = 0; i < making->count; i++) {
		if (pimg_writer_put(writer, making->queues[i], error) < 0) {
			pimg_writer_abort(writer);
			return -1;
		}
	}
	if (report(making, making->total * 2, error) == 0)
		return pimg_writer_commit(writer, error);
	pimg_writer_abort(writer);
	return -1;
}

static int write_json_of(const struct making *making, struct pimg_image *image, const char *to,
			 struct pimg_error *error)
{
	struct sink *sink = sink_open(to, making->options.replace, error);

	if (!sink)
		return -1;
	if (json_write(sink, image->parts[0].source, image->parts[0].type, NULL, error) == 0 &&
	    sink_check(sink, error) == 0 && report(making, making->total * 2, error) == 0)
		return sink_commit(sink, error);
	sink_abort(sink);
	return -1;
}

static int write_json(const struct making *making, const char *to, struct pimg_error *error)
{
	struct source *source = writer_write_nameless(
		(const struct pimg_queue *const *)making->queues, making->count,
		pimg_queue_type(making->queues[0]), &making->options, error);
	struct pimg_image *image = source ? image_from_source(source, 0, NULL, error) : NULL;
	int result = image ? write_json_of(making, image, to, error) : -1;

	pimg_image_close(image);
	return result;
}

int export_image(struct pimg_image *image, const struct pimg_chunk_id *ids, size_t count,
		 enum pimg_export_form form, const char *to, bool replace,
		 const struct pimg_progress *progress, struct pimg_error *error)
{
	struct making making = {
		.image = image,
		.options = {.layout = PIMG_LAYOUT_PACKETS,
			    .replace = replace,
			    .byte_order = pimg_image_byte_order(image)},
		.check = {.image = image},
		.progress = progress,
	};
	int result = make_queues(&making, ids, count, error);

	if (result == 0)
		result = form == PIMG_EXPORT_JSON ? write_json(&making, to, error)
						  : write_image(&making, to, error);
	making_release(&making);
	return result;
}
