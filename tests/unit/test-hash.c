// SPDX-License-Identifier: GPL-2.0-or-later
/* Checksums are the same, whatever instructions compute them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hash.h"

static uint8_t bytes[300000];

static void every_length_has_the_same_hash_as_from_plain_code(void **state)
{
	(void)state;
	/* As the specification of XXH3 has them: a wrong library must not agree with itself. */
	assert_int_equal(hash_bytes("", 0), 0x2d06800538d394c2);
	assert_int_equal(hash_bytes(bytes, 1000), 0x8d3e88d833cd4a80);
	for (size_t length = 0; length <= 3000; length++)
		assert_int_equal(hash_bytes(bytes + 1, length), XXH3_64bits(bytes + 1, length));
	assert_int_equal(hash_bytes(bytes, sizeof(bytes)), XXH3_64bits(bytes, sizeof(bytes)));
	assert_int_equal(hash_bytes(NULL, 0), XXH3_64bits("", 0));
}

static void pieces_give_the_same_hash_as_the_complete_input(void **state)
{
	XXH3_state_t *hash = XXH3_createState();
	size_t done = 0;

	(void)state;
	assert_non_null(hash);
	XXH3_64bits_reset(hash);
	for (size_t piece = 0; done < sizeof(bytes); piece = piece * 3 + 1) {
		size_t length = piece < sizeof(bytes) - done ? piece : sizeof(bytes) - done;

		hash_update(hash, bytes + done, length);
		done += length;
	}
	assert_int_equal(XXH3_64bits_digest(hash), hash_bytes(bytes, sizeof(bytes)));
	XXH3_freeState(hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_has_the_same_hash_as_from_plain_code),
		cmocka_unit_test(pieces_give_the_same_hash_as_the_complete_input),
	};

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 2654435761U >> 24);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
