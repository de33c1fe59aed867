// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reduces a directory's image to some of its files, for outputs such as JSON that can contain only one. */
#include "image/reduce.h"

#include <stdlib.h>

#include "base/error.h"
#include "image/image.h"

#define DROPPED UINT8_MAX

/* The new number of each part, or DROPPED. */
struct numbering {
	uint8_t of[ALL_PARTS_MAX];
	size_t count;
};

static void keep(struct numbering *numbering, size_t part, bool kept)
{
	numbering->of[part] = kept ? (uint8_t)numbering->count++ : DROPPED;
}

/* All parts of one file, which is the only one, so its ids are unique. */
static struct numbering number_file(struct pimg_image *image, size_t part)
{
	const struct part like = image->parts[part];
	struct numbering numbering = {.count = 0};

	for (size_t i = 0; i < image->part_count; i++) {
		keep(&numbering, i, parts_are_of_one_file(&image->parts[i], &like));
		if (numbering.of[i] != DROPPED)
			image->parts[i].set = 0;
	}
	return numbering;
}

static int add_to_table(struct pimg_image *image, const struct part *part,
			const struct image_queue *queue, struct pimg_error *error)
{
	return queue_table_add_in(&image->table, part->set, queue->info.type, queue->info.id,
				  error) < 0
		       ? -1
		       : 0;
}

/* ---- in the image itself ---- */

static void keep_parts(struct pimg_image *image, const struct numbering *numbering)
{
	for (size_t i = 0; i < image->part_count; i++) {
		if (numbering->of[i] == DROPPED)
			source_close(image->parts[i].source);
		else
			image->parts[numbering->of[i]] = image->parts[i];
	}
	image->part_count = numbering->count;
}

static void drop_queue(struct pimg_image *image, struct image_queue *queue)
{
	image->end_count -= queue->info.end_count;
	free(queue->chunks);
	holders_release(&queue->holders, &queue->info);
}

/* To be called before keep_parts(). */
static int keep_queues(struct pimg_image *image, const struct numbering *numbering,
		       struct pimg_error *error)
{
	size_t kept = 0;

	queue_table_release(&image->table);
	image->table = (struct queue_table){0};
	queue_table_start(&image->table);
	for (size_t i = 0; i < image->queue_count; i++) {
		struct image_queue *queue = &image->queues[i];
		uint8_t number = numbering->of[queue->part];

		if (number == DROPPED) {
			drop_queue(image, queue);
		} else {
			if (add_to_table(image, &image->parts[queue->part], queue, error) < 0)
				return -1;
			queue->part = number;
			if (kept++ == i)
				continue;
			image->queues[kept - 1] = *queue;
		}
		*queue = (struct image_queue){0};
	}
	image->queue_count = kept;
	return 0;
}

static int reduce(struct pimg_image *image, const struct numbering *numbering,
		  struct pimg_error *error)
{
	if (keep_queues(image, numbering, error) < 0)
		return -1;
	keep_parts(image, numbering);
	image->latest_queue = 0;
	free(image->record_positions);
	image->record_positions = NULL;
	return 0;
}

int image_reduce(struct pimg_image *image, size_t part, struct pimg_error *error)
{
	struct numbering numbering = number_file(image, part);

	return reduce(image, &numbering, error);
}

int image_reduce_to_type(struct pimg_image *image, enum pimg_type type, struct pimg_error *error)
{
	struct numbering numbering = {.count = 0};

	for (size_t i = 0; i < image->part_count; i++)
		keep(&numbering, i, image->parts[i].type == type);
	return reduce(image, &numbering, error);
}

/* ---- in a view ---- */

static int add_queues(struct pimg_image *view, const struct pimg_image *whole,
		      const struct numbering *numbering, struct pimg_error *error)
{
	view->queues = calloc(whole->queue_count + 1, sizeof(*view->queues));
	if (!view->queues)
		return error_memory(error);
	for (size_t i = 0; i < whole->queue_count; i++) {
		struct image_queue *queue = &view->queues[view->queue_count];

		if (numbering->of[whole->queues[i].part] == DROPPED)
			continue;
		*queue = whole->queues[i];
		queue->part = numbering->of[queue->part];
		if (add_to_table(view, &view->parts[queue->part], queue, error) < 0)
			return -1;
		view->queue_count++;
	}
	return 0;
}

int image_view(struct pimg_image *view, const struct pimg_image *whole, size_t part,
	       struct pimg_error *error)
{
	struct numbering numbering;

	*view = *whole;
	numbering = number_file(view, part);
	for (size_t i = 0; i < whole->part_count; i++) {
		if (numbering.of[i] != DROPPED)
			view->parts[numbering.of[i]] = view->parts[i];
	}
	view->part_count = numbering.count;
	view->queues = NULL;
	view->queue_count = 0;
	view->latest_queue = 0;
	view->record_positions = NULL;
	view->table = (struct queue_table){0};
	queue_table_start(&view->table);
	return add_queues(view, whole, &numbering, error);
}

void image_view_release(struct pimg_image *view)
{
	free(view->queues);
	free(view->record_positions);
	queue_table_release(&view->table);
}
