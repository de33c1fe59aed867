/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XXH3-64, with the widest instructions that this processor has. The library's own names without a prefix
 * (XXH3_64bits…) are suitable only for a few bytes, because they use SSE.
 */
#ifndef LIBIMG_BASE_HASH_H
#define LIBIMG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

/* Returns the XXH3-64 of so many bytes; data may be anything if there are none. */
uint64_t hash_bytes(const void *data, size_t length);

/* Adds so many bytes to a state that XXH3_64bits_reset() has prepared; XXH3_64bits_digest() ends it. */
void hash_update(XXH3_state_t *state, const void *data, size_t length);

#endif
