/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes of a dump and their descriptors of queues, as the images around the queues are read. */
#ifndef LIBIMG_IMAGE_TASKS_H
#define LIBIMG_IMAGE_TASKS_H

#include "format/directory-reader.h"
#include "format/queue-table.h"
#include "image/task-order.h"

struct kept_descriptor {
	uint32_t fd, file;
};

/* An open file with a queue. */
struct kept_file {
	uint32_t id, queue_id, flags, inode;
	uint32_t path; /* place in the text, or 0 */
	uint8_t type, socket;
};

/* All zeros: processes are not kept. */
struct tasks {
	bool wanted;
	struct kept_task *list; /* in the order of the tree, once all are read */
	size_t count, room;
	struct kept_descriptor *descriptors;
	size_t descriptor_count, descriptor_room;
	struct kept_file *files; /* by id */
	size_t file_count, file_room;
	/* Commands and paths, each with a terminator; offset 0 is for none. */
	char *text;
	size_t text_bytes, text_room;
	/* The pipes and FIFOs that have ends in the dump. */
	struct queue_table queues;
	uint8_t *uses; /* by their numbers: TASKS_READ, TASKS_WRITTEN */
	size_t use_room;
};

enum { TASKS_READ = 1, TASKS_WRITTEN = 2 };

void tasks_start(struct tasks *tasks);
void tasks_release(struct tasks *tasks);

/* Each does nothing unless processes are kept. */
int tasks_add(struct tasks *tasks, const struct directory_task *task, struct pimg_error *error);
/* A descriptor of the task that was added last. */
int tasks_add_descriptor(struct tasks *tasks, uint32_t fd, uint32_t file, struct pimg_error *error);
/* Any end, also one in flight. */
int tasks_note_end(struct tasks *tasks, enum pimg_type type, uint32_t id,
		   const struct pimg_end *end, struct pimg_error *error);
/* In the order of their ids. */
int tasks_add_file(struct tasks *tasks, const struct directory_file *file,
		   struct pimg_error *error);
/* After everything is added. */
int tasks_finish(struct tasks *tasks, struct pimg_error *error);

#endif
