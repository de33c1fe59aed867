// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int array_make_room(void *array, size_t *room, size_t count, size_t size, struct pimg_error *error)
{
	size_t larger = *room ? *room * 2 : 4;
	void *elements;

	if (count <= *room)
		return 0;
	if (larger < count)
		larger = count;
	/* memcpy(3), because a pointer to another pointer type is not a pointer to void *. */
	memcpy(&elements, array, sizeof(elements));
	elements = reallocarray(elements, larger, size);
	if (!elements)
		return error_memory(error);
	memcpy(array, &elements, sizeof(elements));
	*room = larger;
	return 0;
}
