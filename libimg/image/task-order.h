/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes of a dump in the order of their tree. */
#ifndef LIBIMG_IMAGE_TASK_ORDER_H
#define LIBIMG_IMAGE_TASK_ORDER_H

#include "pipeimg.h"

/* A process, and where its descriptors and text are: see tasks.h. */
struct kept_task {
	uint32_t pid, parent, depth;
	uint32_t command, command_bytes; /* place in the text */
	uint32_t first, count;		 /* of its descriptors */
	enum pimg_task_state state;
	char comm[32];
};

/* Sorts tasks, whose pids differ, and sets their depths. */
int task_order_sort(struct kept_task *tasks, size_t count, struct pimg_error *error);

#endif
