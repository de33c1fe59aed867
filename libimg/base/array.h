/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_BASE_ARRAY_H
#define LIBIMG_BASE_ARRAY_H

#include <stddef.h>

#include "pipeimg.h"

/*
 * Makes room in an array that grows by doubling.
 * @array: address of the pointer to its elements, which may be null
 * @room: for so many elements there is memory; 0 at first
 * @count: elements that it is to have room for
 * @size: of an element
 * Returns 0, or -1 when memory is short; then the array is as it was.
 */
int array_make_room(void *array, size_t *room, size_t count, size_t size, struct pimg_error *error);

#endif
