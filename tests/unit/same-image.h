/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two images must have in common. Include after cmocka.h. */
#ifndef TESTS_UNIT_SAME_IMAGE_H
#define TESTS_UNIT_SAME_IMAGE_H

#include <stdlib.h>
#include <string.h>

#include "pipeimg.h"

static inline void assert_same_chunk(struct pimg_chunk a, struct pimg_chunk b)
{
	assert_int_equal(a.kind, b.kind);
	assert_int_equal(a.length, b.length);
	assert_true(a.offset == b.offset);
}

static inline void assert_same_origin(const struct pimg_origin *a, const struct pimg_origin *b)
{
	assert_int_equal(a->known, b->known);
	assert_true(a->captured_at_ns == b->captured_at_ns);
	assert_int_equal(a->page_size, b->page_size);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->mode, b->mode);
}

/* Everything that the image reports about the queue, except whether boundaries were lost. */
static inline void assert_same_info(const struct pimg_image *a, const struct pimg_image *b,
				    size_t queue)
{
	const struct pimg_queue_info *x = pimg_image_queue(a, queue);
	const struct pimg_queue_info *y = pimg_image_queue(b, queue);

	assert_int_equal(x->type, y->type);
	assert_int_equal(x->id, y->id);
	assert_int_equal(x->capacity, y->capacity);
	assert_int_equal(x->mode, y->mode);
	assert_int_equal(x->layout, y->layout);
	assert_true(x->bytes == y->bytes);
	assert_int_equal(x->chunks, y->chunks);
	assert_int_equal(x->packets, y->packets);
	assert_same_origin(pimg_image_origin(a, queue), pimg_image_origin(b, queue));
	assert_int_equal(x->end_count, y->end_count);
	for (size_t i = 0; i < x->end_count; i++)
		assert_memory_equal(pimg_end_at(x->ends, i), pimg_end_at(y->ends, i),
				    sizeof(struct pimg_end));
	for (size_t i = 0; i < x->chunks; i++)
		assert_same_chunk(pimg_image_chunk(a, queue, i), pimg_image_chunk(b, queue, i));
}

static inline void assert_same_damage(const struct pimg_image *a, const struct pimg_image *b)
{
	const struct pimg_error *x = pimg_image_damage(a), *y = pimg_image_damage(b);
	char text[2][1200];

	assert_int_equal(!x, !y);
	if (!x)
		return;
	assert_string_equal(x->check, y->check);
	assert_string_equal(pimg_error_format(x, text[0], sizeof(text[0])),
			    pimg_error_format(y, text[1], sizeof(text[1])));
}

/* Both return the same bytes of a chunk, or both fail. */
static inline void assert_same_payload(struct pimg_image *a, struct pimg_image *b, size_t queue,
				       size_t chunk, uint32_t offset, uint32_t length)
{
	uint8_t *bytes = malloc(2 * (size_t)length + 1);
	int result = pimg_image_read(a, queue, chunk, offset, bytes, length, NULL);

	assert_non_null(bytes);
	assert_int_equal(result,
			 pimg_image_read(b, queue, chunk, offset, bytes + length, length, NULL));
	if (result == 0)
		assert_memory_equal(bytes, bytes + length, length);
	free(bytes);
}

static inline void assert_same_image(struct pimg_image *a, struct pimg_image *b)
{
	assert_same_damage(a, b);
	assert_int_equal(pimg_image_is_directory(a), pimg_image_is_directory(b));
	assert_int_equal(pimg_image_queue_count(a), pimg_image_queue_count(b));
	for (size_t i = 0; i < pimg_image_queue_count(a); i++) {
		assert_same_info(a, b, i);
		assert_int_equal(pimg_image_queue(a, i)->boundaries_lost,
				 pimg_image_queue(b, i)->boundaries_lost);
		for (size_t j = 0; j < pimg_image_queue(a, i)->chunks; j++)
			assert_same_payload(a, b, i, j, 0, pimg_image_chunk(a, i, j).length);
	}
}

#endif
