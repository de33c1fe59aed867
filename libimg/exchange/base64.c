// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/base64.h"

#include <stdbool.h>
#include <string.h>

#include "pipeimg-private.h"

/* The two digits of each twelve bits, which takes half as many steps as one digit at a time. */
// clang-format off
#define DIGITS(first)                                                                              \
	first "A" first "B" first "C" first "D" first "E" first "F" first "G" first "H" first      \
	"I" first "J" first "K" first "L" first "M" first "N" first "O" first "P" first "Q" first  \
	"R" first "S" first "T" first "U" first "V" first "W" first "X" first "Y" first "Z" first  \
	"a" first "b" first "c" first "d" first "e" first "f" first "g" first "h" first "i" first  \
	"j" first "k" first "l" first "m" first "n" first "o" first "p" first "q" first "r" first  \
	"s" first "t" first "u" first "v" first "w" first "x" first "y" first "z" first "0" first  \
	"1" first "2" first "3" first "4" first "5" first "6" first "7" first "8" first "9" first  \
	"+" first "/"

static const char pairs[] =
	DIGITS("A") DIGITS("B") DIGITS("C") DIGITS("D") DIGITS("E") DIGITS("F") DIGITS("G")
	DIGITS("H") DIGITS("I") DIGITS("J") DIGITS("K") DIGITS("L") DIGITS("M") DIGITS("N")
	DIGITS("O") DIGITS("P") DIGITS("Q") DIGITS("R") DIGITS("S") DIGITS("T") DIGITS("U")
	DIGITS("V") DIGITS("W") DIGITS("X") DIGITS("Y") DIGITS("Z") DIGITS("a") DIGITS("b")
	DIGITS("c") DIGITS("d") DIGITS("e") DIGITS("f") DIGITS("g") DIGITS("h") DIGITS("i")
	DIGITS("j") DIGITS("k") DIGITS("l") DIGITS("m") DIGITS("n") DIGITS("o") DIGITS("p")
	DIGITS("q") DIGITS("r") DIGITS("s") DIGITS("t") DIGITS("u") DIGITS("v") DIGITS("w")
	DIGITS("x") DIGITS("y") DIGITS("z") DIGITS("0") DIGITS("1") DIGITS("2") DIGITS("3")
	DIGITS("4") DIGITS("5") DIGITS("6") DIGITS("7") DIGITS("8") DIGITS("9") DIGITS("+")
	DIGITS("/");

// clang-format on
_Static_assert(sizeof(pairs) == 4096 * 2 + 1, "a pair for each twelve bits");

static inline char *encode_three(char *text, uint32_t bits)
{
	memcpy(text, pairs + (bits >> 12) * 2, 2);
	memcpy(text + 2, pairs + (bits & 4095) * 2, 2);
	return text + 4;
}

static char *encode(char *text, const uint8_t *data, size_t length)
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
	return text;
}

size_t pimg_base64_encode(char *text, const void *data, size_t length)
{
	return (size_t)(encode(text, data, length) - text);
}

/* ---- complete lines, with the compiler's vectors ---- */

/* gcc has it since version 12. */
#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector) &&                                                      \
	(defined(__x86_64__) || (defined(__aarch64__) && defined(__AARCH64EL__)))
#define HAS_VECTORS
#endif
#endif

#ifdef HAS_VECTORS

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint32_t words4 __attribute__((vector_size(16)));

/* Three bytes in each word, the first in the highest bits; becomes their four digits. */
__attribute__((always_inline)) static inline void encode_words(char *text, words4 words)
{
	bytes16 values = (bytes16)(words >> 18 | (words >> 4 & 0x3f00) | (words << 10 & 0x3f0000) |
				   (words << 24 & 0x3f000000));
	/* A comparison gives all ones where it is true. A to Z, a to z, 0 to 9, + and / are five ranges. */
	bytes16 digits = values + 'A' + (6 & (bytes16)(values > 25)) -
			 (75 & (bytes16)(values > 51)) - (15 & (bytes16)(values > 61)) +
			 (3 & (bytes16)(values > 62));

	memcpy(text, &digits, sizeof(digits));
}

#ifdef __x86_64__
__attribute__((target("ssse3")))
#endif
static void
encode_line(char *text, const uint8_t *data)
{
	enum { STEP_BYTES = 12, STEP_DIGITS = 16 };
	bytes16 in;

	/* Loads sixteen bytes, and encodes the first twelve. */
	for (int i = 0; i < 4; i++) {
		memcpy(&in, data + i * STEP_BYTES, sizeof(in));
		encode_words(text + i * STEP_DIGITS,
			     (words4)__builtin_shufflevector(in, (bytes16){}, 2, 1, 0, 16, 5, 4, 3,
							     16, 8, 7, 6, 16, 11, 10, 9, 16));
	}
	/* The last twelve, without reading beyond the line: three are encoded for the second time. */
	memcpy(&in, data + BASE64_LINE_BYTES - sizeof(in), sizeof(in));
	encode_words(text + 60,
		     (words4)__builtin_shufflevector(in, (bytes16){}, 6, 5, 4, 16, 9, 8, 7, 16, 12,
						     11, 10, 16, 15, 14, 13, 16));
}

static bool has_vectors(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("ssse3");
#else
	return true;
#endif
}
#endif

size_t base64_encode_json(char *text, const uint8_t *data, size_t length)
{
	char *at = text;

#ifdef HAS_VECTORS
	while (length >= BASE64_LINE_BYTES && has_vectors()) {
		encode_line(at, data);
		memcpy(at + BASE64_LINE_DIGITS, "\\n", 2);
		at += BASE64_LINE_DIGITS + 2;
		data += BASE64_LINE_BYTES;
		length -= BASE64_LINE_BYTES;
	}
#endif
	while (length) {
		size_t line = length < BASE64_LINE_BYTES ? length : BASE64_LINE_BYTES;

		at = encode(at, data, line);
		memcpy(at, "\\n", 2);
		at += 2;
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
