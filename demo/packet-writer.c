/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process with unread messages. It creates a pipe in packet mode, writes some packets, turns packet
 * mode off, writes ordinary bytes, and then waits with both ends open until it is killed.
 * For every message it prints the line that packet-reader must print, with "packet" or "stream"
 * instead of "read". The last line is "pid PID".
 */
#include "config.h"

#include "message-line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct message {
	const char *bytes;
	size_t length;
};

/* Not strlen(3), because the bytes may contain NUL. */
#define MESSAGE(literal) .bytes = (literal), .length = sizeof(literal) - 1

static const struct message packets[] = {
	{MESSAGE("{\"level\":\"info\",\"unit\":\"web\",\"msg\":\"listening on :8080\"}")},
	{MESSAGE("{\"level\":\"warn\",\"unit\":\"web\",\"msg\":\"slow request\",\"ms\":1840}")},
	{MESSAGE("job 4711 done\n")},
	/* A length-prefixed binary message: type, big-endian length, five bytes. */
	{MESSAGE("\x01\x00\x00\x00\x05\xde\xad\xbe\xef\x7f")},
	{MESSAGE("{\"level\":\"error\",\"unit\":\"db\",\"msg\":\"connection lost\"}")},
	{MESSAGE(".")},
};

/* Written by two calls, but a stream has no boundaries: a reader gets both parts in one read. */
static const struct message stream_halves[] = {
	{MESSAGE("bye: the rest of this log ")},
	{MESSAGE("is a plain stream\n")},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fail(const char *what)
{
	fprintf(stderr, "packet-writer: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void write_message(int fd, const struct message *message)
{
	ssize_t written = write(fd, message->bytes, message->length);

	if (written < 0)
		fail("write");
	if ((size_t)written != message->length) {
		fprintf(stderr, "packet-writer: short write\n");
		exit(EXIT_FAILURE);
	}
}

static void leave_packet_mode(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_DIRECT) < 0)
		fail("fcntl");
}

static unsigned write_packets(int fd)
{
	unsigned number = 0;

	for (size_t i = 0; i < COUNT(packets); i++) {
		write_message(fd, &packets[i]);
		print_message_line("packet", ++number, packets[i].bytes, packets[i].length);
	}
	return number;
}

static void write_stream(int fd, unsigned number)
{
	char whole[256];
	size_t length = 0;

	for (size_t i = 0; i < COUNT(stream_halves); i++) {
		write_message(fd, &stream_halves[i]);
		memcpy(whole + length, stream_halves[i].bytes, stream_halves[i].length);
		length += stream_halves[i].length;
	}
	print_message_line("stream", number, whole, length);
}

int main(void)
{
	int ends[2];
	unsigned number;

	/*
	 * The pipe below must be the only one that this process has open. It may have inherited
	 * others, such as the job server of make.
	 */
	if (close_range(STDERR_FILENO + 1, UINT_MAX, 0) < 0)
		fail("close_range");
	if (pipe2(ends, O_DIRECT | O_CLOEXEC) < 0)
		fail("pipe2");
	number = write_packets(ends[1]);
	leave_packet_mode(ends[1]);
	write_stream(ends[1], number + 1);
	printf("pid %ld\n", (long)getpid());
	if (fflush(stdout) != 0)
		fail("standard output");
	for (;;)
		pause();
}
