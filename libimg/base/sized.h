/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structs of pipeimg.h that grow from release to release, between the library and callers that were
 * compiled with another release. Each begins with its size as the caller knows it; 0 means its size in
 * release 0.1.
 */
#ifndef LIBIMG_BASE_SIZED_H
#define LIBIMG_BASE_SIZED_H

#include <stddef.h>

#include "pipeimg.h"

/* Size of a struct up to and including its last member, here in release 0.1. */
#define SIZE_TO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/*
 * Copies a struct that the caller filled.
 * @ours: room for our_size bytes; fields that the caller's struct lacks become zero. Its size becomes
 *	our_size
 * @given: or null for all zeros
 * @first_size: its size in release 0.1
 * Returns 0; or -1 (PIMG_USAGE) if a field that is unknown here is not zero.
 */
int sized_take(void *ours, size_t our_size, const void *given, size_t first_size,
	       struct pimg_error *error);

/* Copies to a struct of the caller, which keeps its size. @given: or null */
void sized_give(void *given, const void *ours, size_t our_size, size_t first_size);

#endif
