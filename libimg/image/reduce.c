// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reduces a directory's image to one of its files, for outputs such as JSON that can contain only one. */
#include "image/reduce.h"

#include <stdlib.h>

#include "image/image.h"

/* @numbers: set to the new number of each part */
static void keep_parts(struct pimg_image *image, struct part like, uint8_t *numbers)
{
	size_t kept = 0;

	for (size_t i = 0; i < image->part_count; i++) {
		if (!parts_are_of_one_file(&image->parts[i], &like)) {
			source_close(image->parts[i].source);
			continue;
		}
		numbers[i] = (uint8_t)kept;
		image->parts[kept] = image->parts[i];
		image->parts[kept++].set = 0;
	}
	image->part_count = kept;
}

/* To be called before keep_parts(). */
static int keep_queues(struct pimg_image *image, struct part like, struct pimg_error *error)
{
	size_t kept = 0;

	queue_table_release(&image->table);
	image->table = (struct queue_table){0};
	queue_table_start(&image->table);
	for (size_t i = 0; i < image->queue_count; i++) {
		struct image_queue *queue = &image->queues[i];

		if (parts_are_of_one_file(&image->parts[queue->part], &like)) {
			if (queue_table_add(&image->table, queue->info.type, queue->info.id,
					    error) < 0)
				return -1;
			if (kept++ == i)
				continue;
			image->queues[kept - 1] = *queue;
		} else {
			image->end_count -= queue->info.end_count;
			free(queue->chunks);
			holders_release(&queue->holders, &queue->info);
		}
		*queue = (struct image_queue){0};
	}
	image->queue_count = kept;
	return 0;
}

int image_reduce(struct pimg_image *image, size_t part, struct pimg_error *error)
{
	const struct part like = image->parts[part];
	uint8_t numbers[ALL_PARTS_MAX];

	if (keep_queues(image, like, error) < 0)
		return -1;
	keep_parts(image, like, numbers);
	for (size_t i = 0; i < image->queue_count; i++)
		image->queues[i].part = numbers[image->queues[i].part];
	image->latest_queue = 0;
	free(image->record_positions);
	image->record_positions = NULL;
	return 0;
}
