/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message-line.h"

#include <stdio.h>

static void print_escaped_byte(unsigned char byte)
{
	if (byte == '\n')
		fputs("\\n", stdout);
	else if (byte == '\t')
		fputs("\\t", stdout);
	else if (byte == '\\')
		fputs("\\\\", stdout);
	else if (byte >= ' ' && byte <= '~')
		putchar(byte);
	else
		printf("\\x%02x", byte);
}

void print_message_line(const char *word, unsigned number, const void *message, size_t length)
{
	const unsigned char *bytes = message;

	printf("%s %u: %zu bytes: ", word, number, length);
	for (size_t i = 0; i < length; i++)
		print_escaped_byte(bytes[i]);
	putchar('\n');
}
