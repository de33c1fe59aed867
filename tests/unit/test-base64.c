// SPDX-License-Identifier: GPL-2.0-or-later
/* Base64 is the same, whatever instructions compute it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/base64.h"
#include "pipeimg-private.h"

/* Line by line, with the code for any length. */
static size_t encode_plain(char *text, const uint8_t *data, size_t length)
{
	char *at = text;

	while (length) {
		size_t line = length < BASE64_LINE_BYTES ? length : BASE64_LINE_BYTES;

		at += pimg_base64_encode(at, data, line);
		memcpy(at, "\\n", 2);
		at += 2;
		data += line;
		length -= line;
	}
	return (size_t)(at - text);
}

static void lines_are_encoded_as_by_plain_code(void **state)
{
	enum { MOST = 1000 };
	char text[MOST * 2], plain[MOST * 2];

	(void)state;
	srand(7);
	for (size_t length = 0; length <= MOST; length++) {
		/* Exactly as long, so that tools see a read beyond the end. */
		uint8_t *data = malloc(length ? length : 1);
		size_t encoded;

		for (size_t i = 0; i < length; i++)
			data[i] = (uint8_t)rand();
		encoded = base64_encode_json(text, data, length);
		assert_int_equal(encoded, encode_plain(plain, data, length));
		assert_true(encoded <= base64_json_room(length));
		assert_memory_equal(text, plain, encoded);
		free(data);
	}
}

static void every_digit_occurs_at_every_place(void **state)
{
	uint8_t data[BASE64_LINE_BYTES];
	char text[80], digits[65] = "";

	(void)state;
	for (int value = 0; value < 64; value++) {
		/* Four digits of this value, over and over. */
		uint32_t bits = (uint32_t)value * 0x41041;

		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(bits >> (16 - i % 3 * 8));
		assert_int_equal(base64_encode_json(text, data, sizeof(data)), 78);
		for (size_t i = 1; i < BASE64_LINE_DIGITS; i++)
			assert_int_equal(text[i], text[0]);
		digits[value] = text[0];
	}
	assert_string_equal(digits,
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_encoded_as_by_plain_code),
		cmocka_unit_test(every_digit_occurs_at_every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
