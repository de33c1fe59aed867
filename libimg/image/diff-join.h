/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joins the queues of two images that are the same queue. */
#ifndef LIBIMG_IMAGE_DIFF_JOIN_H
#define LIBIMG_IMAGE_DIFF_JOIN_H

#include "image/image.h"

struct diff_pairs {
	int64_t *partners; /* of each queue of the first image: its partner in the second, or -1 */
	bool *taken; /* whether a queue of the second image is the partner of one of the first */
	/*
	 * Of each queue of either image that has no partner: the unsaved pipe of the other image that is the same
	 * pipe, or -1.
	 */
	int64_t *unsaved[2];
};

/* Returns -1 only if memory is exhausted. @pairs: the caller releases it in either case */
int diff_join(const struct pimg_image *first, const struct pimg_image *second,
	      struct diff_pairs *pairs, struct pimg_error *error);
void diff_pairs_release(struct diff_pairs *pairs);

#endif
