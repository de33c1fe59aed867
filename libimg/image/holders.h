/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that have a queue of an image open, and by which paths. */
#ifndef LIBIMG_IMAGE_HOLDERS_H
#define LIBIMG_IMAGE_HOLDERS_H

#include "pipeimg.h"

/* The memory of what a queue's info shows. */
struct holders {
	struct pimg_end *ends; /* sorted by process and descriptor in the end */
	size_t end_room;
	char **paths;
};

int holders_add_end(struct holders *holders, struct pimg_queue_info *info,
		    const struct pimg_end *end, struct pimg_error *error);
/* One that is there already, and those that are too many, are passed over. */
int holders_add_path(struct holders *holders, struct pimg_queue_info *info, const char *path,
		     struct pimg_error *error);
void holders_sort(struct holders *holders, const struct pimg_queue_info *info);
void holders_release(struct holders *holders, const struct pimg_queue_info *info);

#endif
