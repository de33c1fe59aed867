// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes an image with PIPES pipes, each with PACKETS packets of BYTES bytes: image FILE PIPES
 * PACKETS BYTES
 */
#include <stdio.h>
#include <stdlib.h>

#include "pipeimg.h"

static void fail(const struct pimg_error *error)
{
	fprintf(stderr, "image: %s\n", error->sentence);
	exit(1);
}

static struct pimg_queue *make_queue(uint32_t id, uint32_t packets, uint32_t bytes,
				     struct pimg_error *error)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, packets * 4096);
	uint64_t state = id, packet[512];

	for (uint32_t i = 0; i < packets; i++) {
		for (size_t j = 0; j < sizeof(packet) / sizeof(*packet); j++) {
			state = state * 6364136223846793005U + 1442695040888963407U;
			packet[j] = state >> 32 | state << 32;
		}
		if (pimg_queue_append(queue, PIMG_PACKET, packet, bytes, error) < 0)
			fail(error);
	}
	return queue;
}

int main(int argc, char **argv)
{
	uint32_t pipes = argc == 5 ? (uint32_t)atoi(argv[2]) : 0;
	struct pimg_writer_options options = {.replace = true, .queue_count = pipes};
	struct pimg_writer *writer;
	struct pimg_error error;

	if (!pipes)
		return 2;
	writer = pimg_writer_open(argv[1], PIMG_PIPE, &options, &error);
	if (!writer)
		fail(&error);
	for (uint32_t id = 1; id <= pipes; id++) {
		struct pimg_queue *queue = make_queue(4000000 + id, (uint32_t)atoi(argv[3]),
						      (uint32_t)atoi(argv[4]), &error);

		if (pimg_writer_put(writer, queue, &error) < 0)
			fail(&error);
		pimg_queue_free(queue);
	}
	if (pimg_writer_commit(writer, &error) < 0)
		fail(&error);
	return 0;
}
