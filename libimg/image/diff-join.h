/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which queues of two images belong together. */
#ifndef LIBIMG_IMAGE_DIFF_JOIN_H
#define LIBIMG_IMAGE_DIFF_JOIN_H

#include "image/image.h"

struct diff_pairs {
	int64_t *partners; /* of each queue of the first image: its like in the second, or -1 */
	bool *taken;	   /* whether a queue of the second image is the like of one of the first */
	/*
	 * Of each queue of either image that has no like: the pipe of the other image's unsaved ones that it is,
	 * or -1.
	 */
	int64_t *unsaved[2];
};

/* Returns -1 only when memory is short. @pairs: released in either case */
int diff_join(const struct pimg_image *first, const struct pimg_image *second,
	      struct diff_pairs *pairs, struct pimg_error *error);
void diff_pairs_release(struct diff_pairs *pairs);

#endif
