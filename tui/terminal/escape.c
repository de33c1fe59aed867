// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/*
 * Characters that could make a line look like another one: Unicode's format characters (Cf), those with the
 * property Default_Ignorable_Code_Point, and letters and symbols that are blank. Sorted.
 */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{0x00ad, 0x00ad},			/* soft hyphen */
	{0x034f, 0x034f},			/* combining grapheme joiner */
	{0x0600, 0x0605},			/* Arabic signs around numbers */
	{0x061c, 0x061c},			/* Arabic letter mark, a direction mark */
	{0x06dd, 0x06dd},			/* Arabic end of ayah */
	{0x070f, 0x070f},			/* Syriac abbreviation mark */
	{0x0890, 0x0891},			/* Arabic pound and piastre marks */
	{0x08e2, 0x08e2},			/* Arabic disputed end of ayah */
	{0x115f, 0x1160},			/* Hangul fillers */
	{0x17b4, 0x17b5},			/* Khmer inherent vowels */
	{0x180b, 0x180f},			/* Mongolian selectors and vowel separator */
	{0x200b, 0x200f},			/* zero width, direction marks */
	{0x2028, 0x202e},			/* separators, direction embeddings */
	{0x2060, 0x206f},			/* joiners, direction isolates */
	{0x2800, 0x2800},			/* Braille pattern blank */
	{0x3164, 0x3164},			/* Hangul filler */
	{0xfe00, 0xfe0f},			/* variation selectors */
	{0xfeff, 0xfeff},			/* zero width no-break space, byte order mark */
	{0xffa0, 0xffa0},			/* halfwidth Hangul filler */
	{0xfff0, 0xfffb},			/* interlinear annotation */
	{0x110bd, 0x110bd},			/* Kaithi number signs */
	{0x110cd, 0x110cd}, {0x13430, 0x1343f}, /* Egyptian hieroglyph joiners */
	{0x1bca0, 0x1bca3},			/* shorthand format */
	{0x1d159, 0x1d159},			/* musical null notehead */
	{0x1d173, 0x1d17a},			/* musical beams and slurs */
	{0xe0000, 0xe0fff},			/* tags, variation selectors */
};

static bool is_unseen(uint32_t code)
{
	size_t count = sizeof(unseen) / sizeof(*unseen), i = 0;

	while (i < count && unseen[i].last < code)
		i++;
	return i < count && unseen[i].first <= code;
}

/* Being printable is not enough. */
static bool is_harmless(wchar_t character)
{
	return iswprint((wint_t)character) && wcwidth(character) > 0 &&
	       !is_unseen((uint32_t)character);
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
