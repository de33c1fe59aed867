// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "format/saved.h"
#include "pipeimg-private.h"
#include "queue/queue.h"

/* ---- building ---- */

struct pimg_image *image_new(const char *name, const struct pimg_progress *progress,
			     struct pimg_error *error)
{
	struct pimg_image *image = calloc(1, sizeof(*image));

	if (image)
		image->name = strdup(name);
	if (!image || !image->name) {
		free(image);
		error_memory(error);
		return NULL;
	}
	pimg_image_set_progress(image, progress);
	/* The first report comes immediately. */
	image->growth.reported = UINT64_MAX;
	queue_table_start(&image->table);
	queue_table_start(&image->unsaved_table);
	return image;
}

void image_add_part(struct pimg_image *image, struct source *source, int type)
{
	image->parts[image->part_count++] = (struct part){.source = source, .expected = type};
}

int image_note_damage(struct pimg_image *image, const struct pimg_error *damage,
		      struct pimg_error *error)
{
	if (damage->status != PIMG_BAD_DATA)
		return error_copy(error, damage);
	if (!image->damaged)
		image->damage = *damage;
	image->damaged = true;
	return 0;
}

int image_refuse_damaged(const struct pimg_image *image, struct pimg_error *error)
{
	const struct pimg_error *damage = pimg_image_damage(image);

	if (!image->growth.complete) {
		error_usage(error, "has not been read to its end");
		return error_in_file(error, image->name);
	}
	if (!damage)
		return 0;
	return error_copy(error, damage);
}

/*
 * Several records of a pipe without a kind are packets, from the packets layout before it had kinds. A
 * single one is what CRIU writes.
 */
static bool are_unmarked_packets(const struct image_queue *queue)
{
	return queue->info.type != PIMG_SOCKET && !queue->has_kinds && queue->full_records > 1;
}

enum pimg_kind image_chunk_kind(const struct image_queue *queue, const struct indexed_chunk *chunk)
{
	if (queue->info.socket == PIMG_SOCKET_STREAM)
		return PIMG_STREAM;
	return are_unmarked_packets(queue) ? PIMG_PACKET : (enum pimg_kind)chunk->kind;
}

void image_settle_kinds(struct image_queue *queue)
{
	struct pimg_queue_info *info = &queue->info;

	info->packets = queue->packets_told;
	if (are_unmarked_packets(queue)) {
		info->packets = info->chunks;
		info->layout = PIMG_LAYOUT_PACKETS;
	}
	if (info->socket == PIMG_SOCKET_STREAM)
		info->packets = 0;
	info->mode = queue_mode(info->chunks, info->packets);
}

void image_set_socket(struct image_queue *queue, enum pimg_socket socket)
{
	queue->info.socket = socket;
	image_settle_kinds(queue);
}

void image_learn_from(struct pimg_image *image, const struct pimg_image *whole)
{
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;
		int64_t found = queue_table_find_in(&whole->table,
						    image_queue_set(image, &image->queues[i]),
						    info->type, info->id);

		if (found < 0)
			continue;
		/* Queues that the hook saved have not lost boundaries. */
		info->boundaries_lost = whole->queues[found].info.boundaries_lost;
		image_set_socket(&image->queues[i], whole->queues[found].info.socket);
	}
}

void pimg_image_close(struct pimg_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->part_count; i++)
		source_close(image->parts[i].source);
	directory_end(image->growth.around);
	folder_close(image->folder);
	for (size_t i = 0; i < image->queue_count; i++) {
		free(image->queues[i].chunks);
		holders_release(&image->queues[i].holders, &image->queues[i].info);
	}
	free(image->queues);
	for (size_t i = 0; i < image->unsaved_count; i++)
		holders_release(&image->unsaved[i].holders, &image->unsaved[i].info);
	free(image->unsaved);
	queue_table_release(&image->unsaved_table);
	tasks_release(&image->tasks);
	flights_release(&image->flights);
	queue_table_release(&image->table);
	free(image->record_positions);
	free(image->growth.message);
	pimg_container_free(image->container);
	free(image->name);
	free(image->dump);
	free(image);
}

/* ---- queries ---- */

void pimg_image_set_progress(struct pimg_image *image, const struct pimg_progress *progress)
{
	image->progress = progress ? *progress : (struct pimg_progress){0};
}

const char *pimg_image_name(const struct pimg_image *image)
{
	return image->name;
}

const char *pimg_image_dump(const struct pimg_image *image)
{
	return image->dump ? image->dump : "";
}

bool pimg_image_can_be_reopened(const struct pimg_image *image)
{
	return image->file.known ? !image->file.passes : image->is_directory;
}

enum pimg_byte_order pimg_image_byte_order(const struct pimg_image *image)
{
	return image->part_count ? image->parts[0].head.byte_order : 0;
}

bool pimg_image_is_directory(const struct pimg_image *image)
{
	return image->is_directory;
}

char *pimg_image_hook_log(const struct pimg_image *image)
{
	return image->folder ? saved_log(image->folder) : NULL;
}

bool pimg_image_has_refused_fifo(const struct pimg_image *image)
{
	return image->has_refused_fifo;
}

const struct pimg_container *pimg_image_container(const struct pimg_image *image)
{
	return image->container;
}

const struct pimg_error *pimg_image_damage(const struct pimg_image *image)
{
	return image->damaged ? &image->damage : NULL;
}

size_t pimg_image_queue_count(const struct pimg_image *image)
{
	return image->queue_count;
}

const struct pimg_queue_info *pimg_image_queue(const struct pimg_image *image, size_t queue)
{
	return &image->queues[queue].info;
}

const struct pimg_origin *pimg_image_origin(const struct pimg_image *image, size_t queue)
{
	return &image->queues[queue].origin;
}

size_t pimg_image_unsaved_count(const struct pimg_image *image)
{
	return image->unsaved_count;
}

const struct pimg_queue_info *pimg_image_unsaved(const struct pimg_image *image, size_t number)
{
	return &image->unsaved[number].info;
}

const struct pimg_passed *pimg_image_passed(const struct pimg_image *image, size_t queue,
					    size_t chunk, size_t number)
{
	return flights_find(&image->flights, queue, chunk, number);
}

enum pimg_hook pimg_image_hook(const struct pimg_image *image)
{
	/* An upgrade of a dump without the hook can have found them. */
	for (size_t i = 0; image->is_dump && !image->hook && i < image->queue_count; i++) {
		const struct pimg_queue_info *queue = &image->queues[i].info;

		if (queue->packets && queue->type != PIMG_SOCKET)
			return PIMG_HOOK_NEEDED;
	}
	return image->hook;
}

bool pimg_image_queue_may_be_cut(const struct pimg_image *image, size_t queue)
{
	return image->queues[queue].may_be_cut;
}

struct pimg_chunk pimg_image_chunk(const struct pimg_image *image, size_t queue, size_t chunk)
{
	const struct image_queue *from = &image->queues[queue];
	const struct indexed_chunk *found;

	if (image->unindexed)
		return (struct pimg_chunk){0};
	found = &from->chunks[chunk];
	return (struct pimg_chunk){image_chunk_kind(from, found), found->length, found->offset};
}

int pimg_image_read(struct pimg_image *image, size_t queue, size_t chunk, uint32_t offset,
		    void *buffer, size_t length, struct pimg_error *error)
{
	const struct indexed_chunk *found;

	ASK_WHEN_INTERRUPTED(&image->progress);
	if (image->unindexed)
		return error_usage(error, "the image was opened without its index");
	found = &image->queues[queue].chunks[chunk];
	if (offset > found->length || length > found->length - offset)
		return error_usage(error, "bytes beyond the end of a chunk");
	return source_read_at(image->parts[image->queues[queue].part].source, found->at + offset,
			      buffer, length, error);
}
