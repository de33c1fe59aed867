// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/lower-bound.h"

size_t lower_bound(const void *key, const void *array, size_t count, size_t size,
		   int (*compare)(const void *element, const void *key))
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare((const char *)array + middle * size, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
