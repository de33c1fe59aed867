// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/hash.h"

#include <assert.h>

#ifdef HAVE_XXH_X86DISPATCH_H

#include <immintrin.h>
#include <xxh_x86dispatch.h>

/*
 * The library's AVX code leaves the upper halves of the registers in use. On many
 * processors the SSE instructions after that wait for them, which costs more than hashing a kilobyte.
 */
__attribute__((target("avx"))) static void clear_upper_halves(void)
{
	_mm256_zeroupper();
}

static void leave_avx(void)
{
	if (__builtin_cpu_supports("avx"))
		clear_upper_halves();
}

#else

static void leave_avx(void)
{
}

#endif

uint64_t hash_bytes(const void *data, size_t length)
{
	uint64_t hash;

	assert(data || !length);
	hash = XXH3_64bits(data ? data : "", length);
	leave_avx();
	return hash;
}

void hash_update(XXH3_state_t *state, const void *data, size_t length)
{
	XXH3_64bits_update(state, data, length);
	leave_avx();
}
