// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static inline char *encode_three(char *text, uint32_t bits)
{
	text[0] = digits[bits >> 18];
	text[1] = digits[bits >> 12 & 63];
	text[2] = digits[bits >> 6 & 63];
	text[3] = digits[bits & 63];
	return text + 4;
}

static char *encode_line(char *text, const uint8_t *data, size_t length)
{
	for (; length >= 3; length -= 3, data += 3)
		text = encode_three(text,
				    (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2]);
	if (length) {
		uint32_t second = length > 1 ? data[1] : 0;

		text = encode_three(text, (uint32_t)data[0] << 16 | second << 8);
		text[-1] = '=';
		if (length == 1)
			text[-2] = '=';
	}
	memcpy(text, "\\n", 2);
	return text + 2;
}

size_t base64_encode_json(char *text, const uint8_t *data, size_t length)
{
	char *at = text;

	while (length) {
		size_t line = length < BASE64_LINE_BYTES ? length : BASE64_LINE_BYTES;

		at = encode_line(at, data, line);
		data += line;
		length -= line;
	}
	return (size_t)(at - text);
}

static int digit_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

ssize_t base64_decode(uint8_t *data, const char *text, size_t length)
{
	uint8_t *at = data;
	uint32_t bits = 0;
	unsigned count = 0, padding = 0;

	for (size_t i = 0; i < length; i++) {
		int value = digit_value(text[i]);

		if (text[i] == '\n')
			continue;
		if (text[i] == '=' && count + padding < 4 && count >= 2) {
			padding++;
			continue;
		}
		if (value < 0 || padding)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		if (++count < 4)
			continue;
		*at++ = (uint8_t)(bits >> 16);
		*at++ = (uint8_t)(bits >> 8);
		*at++ = (uint8_t)bits;
		bits = count = 0;
	}
	if (!count)
		return padding ? -1 : at - data;
	if (count == 1 || count + padding != 4)
		return -1;
	bits <<= 6 * padding;
	*at++ = (uint8_t)(bits >> 16);
	if (count == 3)
		*at++ = (uint8_t)(bits >> 8);
	return at - data;
}
