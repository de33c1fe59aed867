// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes an image of 1.1 GB: 4096 pipes of 1024 packets of 256 bytes. big-image FILE [packets|indexed] */
#include <stdio.h>
#include <stdlib.h>

#include "pipeimg.h"

enum { PIPES = 4096, PACKETS = 1024, BYTES = 256 };

static void fail(const struct pimg_error *error)
{
	fprintf(stderr, "big-image: %s\n", error->sentence);
	exit(1);
}

static struct pimg_queue *make_queue(uint32_t id, struct pimg_error *error)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, PACKETS * 4096);
	uint64_t state = id, packet[BYTES / 8];

	for (int i = 0; i < PACKETS; i++) {
		for (int j = 0; j < BYTES / 8; j++) {
			state = state * 6364136223846793005U + 1442695040888963407U;
			packet[j] = state >> 32;
		}
		if (pimg_queue_append(queue, PIMG_PACKET, packet, BYTES, error) < 0)
			fail(error);
	}
	return queue;
}

int main(int argc, char **argv)
{
	struct pimg_writer_options options = {PIMG_LAYOUT_PACKETS, true, false, PIPES};
	struct pimg_writer *writer;
	struct pimg_error error;

	if (argc < 2 || (argc > 2 && pimg_layout_by_name(argv[2], &options.layout) < 0))
		return 2;
	writer = pimg_writer_open(argv[1], PIMG_PIPE, &options, &error);
	if (!writer)
		fail(&error);
	for (uint32_t id = 1; id <= PIPES; id++) {
		struct pimg_queue *queue = make_queue(4000000 + id, &error);

		if (pimg_writer_put(writer, queue, &error) < 0)
			fail(&error);
		pimg_queue_free(queue);
	}
	if (pimg_writer_commit(writer, &error) < 0)
		fail(&error);
	return 0;
}
