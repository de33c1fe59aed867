// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

/* Otherwise only their own sizes would limit commands and paths. */
#define TEXT_MAX (16U * 1024 * 1024)

void tasks_start(struct tasks *tasks)
{
	tasks->wanted = true;
	queue_table_start(&tasks->queues);
}

void tasks_release(struct tasks *tasks)
{
	free(tasks->list);
	free(tasks->descriptors);
	free(tasks->files);
	free(tasks->text);
	free(tasks->uses);
	if (tasks->wanted)
		queue_table_release(&tasks->queues);
}

/* ---- adding ---- */

/* Sets place, with a terminator after the bytes; what exceeds the limit is omitted. */
static int add_text(struct tasks *tasks, const char *bytes, size_t length, uint32_t *place,
		    struct pimg_error *error)
{
	size_t at = tasks->text_bytes ? tasks->text_bytes : 1, needed = at + length + 1;

	*place = 0;
	if (!length || needed > TEXT_MAX)
		return 0;
	if (array_make_room(&tasks->text, &tasks->text_room, needed, 1, error) < 0)
		return -1;
	memcpy(tasks->text + at, bytes, length);
	tasks->text[needed - 1] = '\0';
	tasks->text_bytes = needed;
	*place = (uint32_t)at;
	return 0;
}

int tasks_add(struct tasks *tasks, const struct directory_task *task, struct pimg_error *error)
{
	struct kept_task *kept;

	if (!tasks->wanted)
		return 0;
	if (array_make_room(&tasks->list, &tasks->room, tasks->count + 1, sizeof(*kept), error) < 0)
		return -1;
	kept = &tasks->list[tasks->count];
	*kept = (struct kept_task){
		.pid = task->pid,
		.parent = task->parent,
		.state = task->state,
		.first = (uint32_t)tasks->descriptor_count,
	};
	snprintf(kept->comm, sizeof(kept->comm), "%s", task->comm);
	if (task->command &&
	    add_text(tasks, task->command, task->command_bytes, &kept->command, error) < 0)
		return -1;
	kept->command_bytes = kept->command ? (uint32_t)task->command_bytes : 0;
	tasks->count++;
	return 0;
}

int tasks_add_descriptor(struct tasks *tasks, uint32_t fd, uint32_t file, struct pimg_error *error)
{
	if (!tasks->wanted || !tasks->count)
		return 0;
	/* The ends of all queues are limited, but not those of sockets without a record. */
	if (tasks->descriptor_count == ENDS_MAX)
		return error_check(error, CHECK_TOO_MANY,
				   "more than %u descriptors of queues, which no machine has",
				   ENDS_MAX);
	if (array_make_room(&tasks->descriptors, &tasks->descriptor_room,
			    tasks->descriptor_count + 1, sizeof(*tasks->descriptors), error) < 0)
		return -1;
	tasks->descriptors[tasks->descriptor_count++] = (struct kept_descriptor){fd, file};
	tasks->list[tasks->count - 1].count++;
	return 0;
}

int tasks_note_end(struct tasks *tasks, enum pimg_type type, uint32_t id,
		   const struct pimg_end *end, struct pimg_error *error)
{
	size_t known = tasks->queues.count;
	int64_t number;

	/* An end that nobody has is only a record of an open file. */
	if (!tasks->wanted || type == PIMG_SOCKET || (!end->pid && !end->socket))
		return 0;
	number = queue_table_add(&tasks->queues, type, id, error);
	if (number < 0 || array_make_room(&tasks->uses, &tasks->use_room, (size_t)number + 1,
					  sizeof(*tasks->uses), error) < 0)
		return -1;
	if ((size_t)number == known)
		tasks->uses[number] = 0;
	tasks->uses[number] |= (uint8_t)((pimg_end_reads(end) ? TASKS_READ : 0) |
					 (pimg_end_writes(end) ? TASKS_WRITTEN : 0));
	return 0;
}

int tasks_add_file(struct tasks *tasks, const struct directory_file *file, struct pimg_error *error)
{
	struct kept_file *kept;

	if (!tasks->wanted || !file->has_queue)
		return 0;
	if (array_make_room(&tasks->files, &tasks->file_room, tasks->file_count + 1, sizeof(*kept),
			    error) < 0)
		return -1;
	kept = &tasks->files[tasks->file_count++];
	*kept = (struct kept_file){
		.id = file->id,
		.queue_id = file->queue_id,
		.flags = file->flags,
		.inode = file->inode,
		.type = (uint8_t)file->type,
		.socket = (uint8_t)file->socket,
	};
	return file->path ? add_text(tasks, file->path, strlen(file->path), &kept->path, error) : 0;
}

int tasks_finish(struct tasks *tasks, struct pimg_error *error)
{
	return tasks->wanted ? task_order_sort(tasks->list, tasks->count, error) : 0;
}
