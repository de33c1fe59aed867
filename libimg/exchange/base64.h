/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Base64 as in the JSON of CRIU's crit: lines of 76 digits. */
#ifndef LIBIMG_EXCHANGE_BASE64_H
#define LIBIMG_EXCHANGE_BASE64_H

#include <stdint.h>
#include <sys/types.h>

/* Bytes encoded on a full line. */
#define BASE64_LINE_BYTES  57
#define BASE64_LINE_DIGITS 76

/* Room for length encoded bytes, with "\n" after each line, which takes two characters in JSON. */
static inline size_t base64_json_room(size_t length)
{
	return (length + BASE64_LINE_BYTES - 1) / BASE64_LINE_BYTES * 78;
}

/* Encodes all bytes in lines. Returns the length of text. */
size_t base64_encode_json(char *text, const uint8_t *data, size_t length);

/*
 * Decodes text, which may have line feeds anywhere between digits.
 * @data: with room for length / 4 * 3 + 3 bytes
 * Returns the number of bytes, or -1 if text is not base64.
 */
ssize_t base64_decode(uint8_t *data, const char *text, size_t length);

#endif
