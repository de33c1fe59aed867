// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the content of a pipe, and prints a line for each read(2): what a reader can see.
 *
 *	read-log [--fd N] [--sizes A,B,...] [--write FD]
 *
 * --fd N	read from there (default 0)
 * --sizes	give these sizes to read(2), in turn (default 1048576)
 * --write FD	then use two writes to FD to find out whether it is a write end in packet mode
 *
 * A line is "LENGTH HEX", or "LENGTH sum HASH" for more than 32 bytes. The last line is "end" if the
 * pipe has no writer, and "empty" if a read would block.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_MOST (1024 * 1024)
#define SIZES_MAX 16

/* Longer reads are printed as a hash. */
#define SHOWN_BYTES 32

static unsigned char buffer[SIZE_MOST];
static size_t sizes[SIZES_MAX] = {SIZE_MOST};
static size_t size_count = 1;
static int input = STDIN_FILENO, output = -1;

static void fail(const char *what)
{
	fprintf(stderr, "read-log: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void take_sizes(char *list)
{
	size_count = 0;
	for (char *item = strtok(list, ","); item; item = strtok(NULL, ",")) {
		size_t size = strtoul(item, NULL, 10);

		errno = EINVAL;
		if (!size || size > SIZE_MOST || size_count == SIZES_MAX)
			fail(item);
		sizes[size_count++] = size;
	}
}

static void take_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2) {
		errno = EINVAL;
		if (i + 1 == argc)
			fail(argv[i]);
		if (!strcmp(argv[i], "--fd"))
			input = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--sizes"))
			take_sizes(argv[i + 1]);
		else if (!strcmp(argv[i], "--write"))
			output = atoi(argv[i + 1]);
		else
			fail(argv[i]);
	}
}

/* 64-bit FNV-1a. */
static uint64_t hash(const unsigned char *bytes, size_t length)
{
	uint64_t value = 0xcbf29ce484222325U;

	for (size_t i = 0; i < length; i++)
		value = (value ^ bytes[i]) * 0x100000001b3U;
	return value;
}

static void print_read(const unsigned char *bytes, size_t length)
{
	printf("%zu ", length);
	if (length > SHOWN_BYTES)
		printf("sum %016llx", (unsigned long long)hash(bytes, length));
	for (size_t i = 0; length <= SHOWN_BYTES && i < length; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

/* Polls first: the pipe may have a writer, and a process that shares it would notice O_NONBLOCK. */
static ssize_t read_now(size_t size)
{
	struct pollfd readable = {.fd = input, .events = POLLIN};

	if (poll(&readable, 1, 0) < 0)
		fail("poll");
	errno = EAGAIN;
	return readable.revents ? read(input, buffer, size) : -1;
}

static void read_all(void)
{
	ssize_t got;

	for (size_t i = 0; (got = read_now(sizes[i % size_count])) > 0; i++)
		print_read(buffer, (size_t)got);
	if (got < 0 && errno != EAGAIN)
		fail("read");
	puts(got ? "empty" : "end");
}

static void try_writing(void)
{
	if (write(output, "ab", 2) != 2 || write(output, "cd", 2) != 2)
		fail("write");
	printf("writes are %s\n", read_now(SIZE_MOST) == 2 ? "packets" : "a stream");
}

int main(int argc, char **argv)
{
	take_options(argc, argv);
	read_all();
	if (output >= 0)
		try_writing();
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
