// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/sized.h"

#include <string.h>

#include "base/error.h"

#define SIZE_MOST 4096

static size_t size_of(const void *given, size_t first_size)
{
	uint32_t size;

	memcpy(&size, given, sizeof(size));
	return size > first_size ? size : first_size;
}

int sized_take(void *ours, size_t our_size, const void *given, size_t first_size,
	       struct pimg_error *error)
{
	const uint8_t *bytes = given;
	size_t size = given ? size_of(given, first_size) : 0;

	memset(ours, 0, our_size);
	/* No struct will ever be this large: the size was not set. */
	if (size > SIZE_MOST)
		return error_usage(
			error, "invalid struct size %zu; set the size, or zero the entire struct",
			size);
	if (size)
		memcpy(ours, given, size < our_size ? size : our_size);
	memcpy(ours, &(uint32_t){(uint32_t)our_size}, sizeof(uint32_t));
	for (size_t i = our_size; i < size; i++) {
		if (bytes[i])
			return error_usage(
				error,
				"uses a feature that this release of the library does not support");
	}
	return 0;
}

void sized_give(void *given, const void *ours, size_t our_size, size_t first_size)
{
	size_t size = given ? size_of(given, first_size) : 0;

	/* The caller's size field stays unchanged. */
	if (size)
		memcpy((uint8_t *)given + sizeof(uint32_t),
		       (const uint8_t *)ours + sizeof(uint32_t),
		       (size < our_size ? size : our_size) - sizeof(uint32_t));
}
