/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two queues must have in common besides their content. Include after cmocka.h. */
#ifndef TESTS_UNIT_SAME_QUEUE_H
#define TESTS_UNIT_SAME_QUEUE_H

#include "pipeimg.h"

static inline void assert_same_attributes(const struct pimg_queue *a, const struct pimg_queue *b)
{
	const struct pimg_origin *x = pimg_queue_origin(a), *y = pimg_queue_origin(b);

	assert_int_equal(pimg_queue_id(a), pimg_queue_id(b));
	assert_int_equal(pimg_queue_type(a), pimg_queue_type(b));
	assert_int_equal(pimg_queue_capacity(a), pimg_queue_capacity(b));
	assert_int_equal(x->known, y->known);
	assert_true(x->captured_at_ns == y->captured_at_ns);
	assert_int_equal(x->page_size, y->page_size);
	assert_int_equal(x->uid, y->uid);
	assert_int_equal(x->gid, y->gid);
	assert_int_equal(x->mode, y->mode);
	assert_int_equal(pimg_queue_end_count(a), pimg_queue_end_count(b));
	for (size_t i = 0; i < pimg_queue_end_count(a); i++)
		assert_memory_equal(pimg_queue_end(a, i), pimg_queue_end(b, i),
				    sizeof(struct pimg_end));
}

#endif
