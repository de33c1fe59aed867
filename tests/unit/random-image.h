/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Image files with records of several queues in any order and layout, some of them contradictory,
 * with origins, and with record counts and checksums that may be wrong. Include after cmocka.h.
 */
#ifndef TESTS_UNIT_RANDOM_IMAGE_H
#define TESTS_UNIT_RANDOM_IMAGE_H

#include "image-bytes.h"
#include "pipeimg.h"

struct random_image {
	enum pimg_type type;
	uint32_t queues; /* at most */
	uint32_t records;
	uint32_t longest; /* payload */
};

/* Creates one. Returns its bytes; the caller frees them. */
struct bytes random_image_make(const struct random_image *image, uint64_t *random);

#endif
