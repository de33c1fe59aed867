// SPDX-License-Identifier: GPL-2.0-or-later
#include "escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/*
 * Printable alone is not enough: marks that change the direction of what follows, or take no room,
 * could make a line look like another.
 */
static bool is_harmless(wchar_t character)
{
	uint32_t code = (uint32_t)character;

	if (!iswprint((wint_t)character) || wcwidth(character) <= 0)
		return false;
	return !(code >= 0x200b && code <= 0x200f) && !(code >= 0x2028 && code <= 0x202e) &&
	       !(code >= 0x2060 && code <= 0x206f) && code != 0xfeff && code != 0x061c;
}

static void escape_byte(uint8_t byte, char text[8])
{
	static const char letters[] = "\n\r\t\\\0", names[] = "nrt\\0";
	const char *found = memchr(letters, byte, sizeof(letters) - 1);

	if (found)
		snprintf(text, 8, "\\%c", names[found - letters]);
	else
		snprintf(text, 8, "\\x%02x", byte);
}

size_t escape_next(const void *bytes, size_t length, char text[ESCAPE_SIZE], size_t *columns)
{
	uint8_t first = *(const uint8_t *)bytes;
	mbstate_t state = {0};
	wchar_t character;
	size_t used;

	if (first != '\\' && first >= 0x20 && first < 0x7f) {
		text[0] = (char)first;
		text[1] = '\0';
		*columns = 1;
		return 1;
	}
	used = first < 0x80 ? 0 : mbrtowc(&character, bytes, length, &state);
	if (used > 0 && used <= MB_LEN_MAX && is_harmless(character)) {
		memcpy(text, bytes, used);
		text[used] = '\0';
		*columns = (size_t)wcwidth(character);
		return used;
	}
	escape_byte(first, text);
	*columns = strlen(text);
	return 1;
}

size_t escape_fitting(const void *bytes, size_t length, size_t columns)
{
	char text[ESCAPE_SIZE];
	size_t done = 0, used = 0, width;

	while (done < length) {
		size_t taken =
			escape_next((const uint8_t *)bytes + done, length - done, text, &width);

		if (used + width > columns)
			break;
		used += width;
		done += taken;
	}
	return done;
}
