/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads standard input to its end and prints one line per read(2). The buffer is much larger than a
 * packet (a page), so only the pipe itself can make a read return early.
 */
#include "message-line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	static unsigned char buffer[1024 * 1024];
	unsigned reads = 0;

	for (;;) {
		ssize_t length = read(STDIN_FILENO, buffer, sizeof(buffer));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0) {
			fprintf(stderr, "packet-reader: read: %s\n", strerror(errno));
			return EXIT_FAILURE;
		}
		if (length == 0)
			break;
		print_message_line("read", ++reads, buffer, (size_t)length);
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
