// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes an image with PIPES pipes, each with PACKETS packets of BYTES bytes, of noise or of text:
 * image [--text] FILE PIPES PACKETS BYTES
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeimg.h"

static void fail(const struct pimg_error *error)
{
	fprintf(stderr, "image: %s\n", error->sentence);
	exit(1);
}

/* Noise does not compress. */
static void fill_with_noise(uint64_t *state, uint64_t packet[512])
{
	for (size_t i = 0; i < 512; i++) {
		*state = *state * 6364136223846793005U + 1442695040888963407U;
		packet[i] = *state >> 32 | *state << 32;
	}
}

/* A line of a web server's log, as long as a packet. */
static void fill_with_text(uint64_t *state, char *line, uint32_t length)
{
	static const char *const paths[] = {"/", "/index.html", "/api/v1/orders", "/static/app.js",
					    "/health"};
	int written;

	*state = *state * 6364136223846793005U + 1442695040888963407U;
	written = snprintf(line, length,
			   "10.%u.%u.%u - - [27/Nov/2026:09:%02u:%02u +0000] \"GET %s?id=%u "
			   "HTTP/1.1\" 200 %u \"-\" "
			   "\"Mozilla/5.0 (X11; Linux x86_64)\"",
			   (unsigned)(*state >> 60), (unsigned)(*state >> 52 & 255),
			   (unsigned)(*state >> 44 & 255), (unsigned)(*state >> 38 & 63) % 60,
			   (unsigned)(*state >> 32 & 63) % 60, paths[(*state >> 29) % 5],
			   (unsigned)(*state >> 16 & 8191), (unsigned)(*state & 65535));
	if (written < (int)length)
		memset(line + written, ' ', length - (uint32_t)written);
	line[length - 1] = '\n';
}

static struct pimg_queue *make_queue(uint32_t id, uint32_t packets, uint32_t bytes, bool text,
				     struct pimg_error *error)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, packets * 4096);
	uint64_t state = id, packet[512];

	for (uint32_t i = 0; i < packets; i++) {
		if (text)
			fill_with_text(&state, (char *)packet, bytes);
		else
			fill_with_noise(&state, packet);
		if (pimg_queue_append(queue, PIMG_PACKET, packet, bytes, error) < 0)
			fail(error);
	}
	return queue;
}

int main(int argc, char **argv)
{
	bool text = argc == 6 && strcmp(argv[1], "--text") == 0;
	char **arguments = argv + text;
	uint32_t pipes = argc == 5 + text ? (uint32_t)atoi(arguments[2]) : 0;
	struct pimg_writer_options options = {.replace = true, .queue_count = pipes};
	struct pimg_writer *writer;
	struct pimg_error error;

	if (!pipes || atoi(arguments[4]) < 1 || atoi(arguments[4]) > 4096) {
		fputs("usage: image [--text] FILE PIPES PACKETS BYTES\n", stderr);
		return 2;
	}
	writer = pimg_writer_open(arguments[1], PIMG_PIPE, &options, &error);
	if (!writer)
		fail(&error);
	for (uint32_t id = 1; id <= pipes; id++) {
		struct pimg_queue *queue = make_queue(4000000 + id, (uint32_t)atoi(arguments[3]),
						      (uint32_t)atoi(arguments[4]), text, &error);

		if (pimg_writer_put(writer, queue, &error) < 0)
			fail(&error);
		pimg_queue_free(queue);
	}
	if (pimg_writer_commit(writer, &error) < 0)
		fail(&error);
	return 0;
}
