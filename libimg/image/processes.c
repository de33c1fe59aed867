// SPDX-License-Identifier: LGPL-2.1-or-later
/* The public functions for the processes of a dump. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sized.h"
#include "image/image.h"

/* Ends of a queue that each descriptor is compared with: more would be a product. */
#define COMPARED_MAX 1024

size_t pimg_image_task_count(const struct pimg_image *image)
{
	return image->growth.complete ? image->tasks.count : 0;
}

void pimg_image_task(const struct pimg_image *image, size_t number, struct pimg_task *task)
{
	const struct kept_task *kept = &image->tasks.list[number];
	struct pimg_task given = {
		.pid = kept->pid,
		.parent = kept->parent,
		.depth = kept->depth,
		.state = kept->state,
		.comm = kept->comm,
		.command = kept->command ? image->tasks.text + kept->command : NULL,
		.command_bytes = kept->command_bytes,
		.descriptor_count = kept->count,
	};

	sized_give(task, &given, sizeof(given), SIZE_TO(struct pimg_task, descriptor_count));
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct kept_file *)a)->id, y = ((const struct kept_file *)b)->id;

	return (x > y) - (x < y);
}

/* Sets what the image says about the queue. */
static void find_queue(const struct pimg_image *image, struct pimg_descriptor *descriptor)
{
	int64_t number = queue_table_find(&image->table, descriptor->type, descriptor->id);

	if (number >= 0) {
		descriptor->queue = &image->queues[number].info;
		descriptor->has_record = true;
		return;
	}
	number = queue_table_find(&image->unsaved_table, descriptor->type, descriptor->id);
	if (number >= 0)
		descriptor->queue = &image->unsaved[number].info;
}

/*
 * The hook turned off packet mode before the dump, but its records have the original flags. Their ends are sorted by
 * pid, which is another one if the process was in a PID namespace.
 */
static void restore_flags(struct pimg_descriptor *descriptor, uint32_t pid)
{
	const struct pimg_queue_info *queue = descriptor->queue;

	if (!queue || !queue->saved_by_hook)
		return;
	for (size_t i = 0; i < queue->end_count && i < COMPARED_MAX; i++) {
		const struct pimg_end *end = pimg_end_at(queue->ends, i);

		if (end->fd == descriptor->fd &&
		    pid == (end->inner_pid ? end->inner_pid : end->pid))
			descriptor->flags = end->flags;
	}
}

void pimg_image_task_descriptor(const struct pimg_image *image, size_t number, size_t index,
				struct pimg_descriptor *descriptor)
{
	const struct tasks *tasks = &image->tasks;
	const struct kept_task *task = &tasks->list[number];
	const struct kept_descriptor *kept = &tasks->descriptors[task->first + index];
	struct kept_file wanted = {.id = kept->file};
	const struct kept_file *file =
		bsearch(&wanted, tasks->files, tasks->file_count, sizeof(wanted), by_id);
	struct pimg_descriptor given = {.fd = kept->fd, .file = kept->file};
	int64_t queue;

	/* A descriptor is kept only if its file has a record. */
	if (file) {
		given.type = (enum pimg_type)file->type;
		given.id = file->queue_id;
		given.flags = file->flags;
		given.inode = file->inode;
		given.socket = (enum pimg_socket)file->socket;
		given.path = file->path ? tasks->text + file->path : NULL;
	}
	queue = queue_table_find(&tasks->queues, given.type, given.id);
	given.has_reader = queue >= 0 && tasks->uses[queue] & TASKS_READ;
	given.has_writer = queue >= 0 && tasks->uses[queue] & TASKS_WRITTEN;
	find_queue(image, &given);
	restore_flags(&given, task->pid);
	sized_give(descriptor, &given, sizeof(given), SIZE_TO(struct pimg_descriptor, has_record));
}

char *pimg_descriptor_resource(const struct pimg_descriptor *given, char *text, size_t size)
{
	struct pimg_descriptor descriptor;
	int length = -1;

	if (sized_take(&descriptor, sizeof(descriptor), given,
		       SIZE_TO(struct pimg_descriptor, has_record), NULL) < 0)
		return NULL;
	if (descriptor.type == PIMG_PIPE)
		length = snprintf(text, size, "pipe:[%" PRIu32 "]", descriptor.id);
	else if (descriptor.type == PIMG_SOCKET && descriptor.inode)
		length = snprintf(text, size, "socket:[%" PRIu32 "]", descriptor.inode);
	else if (descriptor.type == PIMG_FIFO && descriptor.path && descriptor.path[0] == '/' &&
		 descriptor.path[1])
		length = snprintf(text, size, "%s", descriptor.path + 1);
	return length >= 0 && (size_t)length < size ? text : NULL;
}
