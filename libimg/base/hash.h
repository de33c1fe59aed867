/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XXH3-64, with the widest instructions that this processor has. The library's own XXH3_64bits() has the same
 * result, but on x86 uses only the instructions that the library was compiled for.
 */
#ifndef LIBIMG_BASE_HASH_H
#define LIBIMG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

/* Returns the XXH3-64 of length bytes; if length is 0, data may be any value. */
uint64_t hash_bytes(const void *data, size_t length);

/* Adds length bytes to a state, which XXH3_64bits_reset() prepares and XXH3_64bits_digest() completes. */
void hash_update(XXH3_state_t *state, const void *data, size_t length);

#endif
