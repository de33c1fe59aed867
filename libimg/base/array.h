/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_BASE_ARRAY_H
#define LIBIMG_BASE_ARRAY_H

#include <stddef.h>

#include "pipeimg.h"

/*
 * Makes room in an array that grows by doubling.
 * @array: address of the pointer to the elements; the pointer may be null
 * @room: number of elements that there is memory for; 0 at first
 * @count: number of elements that the array needs room for
 * @size: of an element
 * Returns 0, or -1 if memory is short; then the array is unchanged.
 */
int array_make_room(void *array, size_t *room, size_t count, size_t size, struct pimg_error *error);

#endif
