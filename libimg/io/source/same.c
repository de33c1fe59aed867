// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/same.h"

#include <string.h>

int source_is_same(struct source *wanted, struct source *found, struct pimg_error *error)
{
	for (;;) {
		const uint8_t *a, *b;
		ssize_t there = source_peek(wanted, 1, &a, error);
		ssize_t other = source_peek(found, 1, &b, error);
		size_t length = (size_t)(there < other ? there : other);

		if (there < 0 || other < 0)
			return -1;
		if (!there && !other)
			return 1;
		if (!length || memcmp(a, b, length) != 0)
			return 0;
		source_consume(wanted, length);
		source_consume(found, length);
	}
}
