/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that hold a queue of an image open, and the paths that they opened. */
#ifndef LIBIMG_IMAGE_HOLDERS_H
#define LIBIMG_IMAGE_HOLDERS_H

#include "pipeimg.h"

/* Memory for the info of a queue. */
struct holders {
	struct pimg_end *ends; /* finally sorted by process and descriptor */
	size_t end_room;
	char **paths;
};

int holders_add_end(struct holders *holders, struct pimg_queue_info *info,
		    const struct pimg_end *end, struct pimg_error *error);
/* Ignores a path that was added before, and paths beyond the limit. */
int holders_add_path(struct holders *holders, struct pimg_queue_info *info, const char *path,
		     struct pimg_error *error);
void holders_sort(struct holders *holders, const struct pimg_queue_info *info);
void holders_release(struct holders *holders, const struct pimg_queue_info *info);

#endif
