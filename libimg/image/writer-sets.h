/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queues to write, divided into sets in which ids are unique; see directory_set_image(). */
#ifndef LIBIMG_IMAGE_WRITER_SETS_H
#define LIBIMG_IMAGE_WRITER_SETS_H

#include "format/directory-names.h"
#include "pipeimg.h"

struct writer_sets {
	const struct pimg_queue **list; /* by type and set, then in the order of the caller */
	size_t starts[2][DIRECTORY_SETS_MAX + 1]; /* in list, by type and set */
	unsigned set_count;			  /* at least 1 */
};

/* @queues: of pipes and FIFOs; still owned by the caller, and must live as long as sets */
int writer_sets_make(struct writer_sets *sets, const struct pimg_queue *const *queues, size_t count,
		     struct pimg_error *error);
/* The queues of one type in one set. */
const struct pimg_queue *const *writer_set(const struct writer_sets *sets, enum pimg_type type,
					   unsigned set, size_t *count);
void writer_sets_release(struct writer_sets *sets);

#endif
