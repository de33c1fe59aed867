/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_BASE_LOWER_BOUND_H
#define LIBIMG_BASE_LOWER_BOUND_H

#include <stddef.h>

/*
 * Searches a sorted array, as bsearch(3) does, for the first of several equal elements.
 * @array: may be null if count is 0
 * @compare: is called with an element and key
 * Returns the index of the first element that is not less than key, or count if there is none.
 */
size_t lower_bound(const void *key, const void *array, size_t count, size_t size,
		   int (*compare)(const void *element, const void *key));

#endif
