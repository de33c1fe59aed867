// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading and writing bytes as hex digits. */
#include <ctype.h>
#include <string.h>

#include "pipeimg-private.h"

static const char digits[] = "0123456789abcdef";

static int value_of(char digit)
{
	const char *found = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;

	return found ? (int)(found - digits) : -1;
}

int pimg_hex_byte(const char *text)
{
	int high = value_of(text[0]), low = high < 0 ? -1 : value_of(text[1]);

	return low < 0 ? -1 : high << 4 | low;
}

const char *pimg_hex_line(char line[PIMG_HEX_LINE_SIZE], const uint8_t *bytes, size_t count)
{
	char *at = line;

	for (size_t i = 0; i < PIMG_HEX_LINE_BYTES; i++) {
		if (i % 2 == 0)
			*at++ = ' ';
		*at++ = i < count ? digits[bytes[i] >> 4] : ' ';
		*at++ = i < count ? digits[bytes[i] & 15] : ' ';
	}
	*at++ = ' ';
	*at++ = ' ';
	for (size_t i = 0; i < count; i++)
		*at++ = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	*at = '\0';
	return line;
}
