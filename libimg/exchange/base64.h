/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Base64 as CRIU's crit has it in its JSON: lines of 76 digits. */
#ifndef LIBIMG_EXCHANGE_BASE64_H
#define LIBIMG_EXCHANGE_BASE64_H

#include <stdint.h>
#include <sys/types.h>

/* Bytes on a full line. */
#define BASE64_LINE_BYTES 57

/* Room for length bytes as lines that each end with "\n" as JSON writes it, in two characters. */
static inline size_t base64_json_room(size_t length)
{
	return (length + BASE64_LINE_BYTES - 1) / BASE64_LINE_BYTES * 78;
}

/* Encodes all bytes in lines. Returns the length of what is at text then. */
size_t base64_encode_json(char *text, const uint8_t *data, size_t length);

/*
 * Decodes text, in which line feeds may stand anywhere between digits.
 * @data: with room for length / 4 * 3 + 3 bytes
 * Returns how many bytes, or -1 where it is no base64.
 */
ssize_t base64_decode(uint8_t *data, const char *text, size_t length);

#endif
