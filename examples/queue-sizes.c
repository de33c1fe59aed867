// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Prints "id bytes chunks" for each queue of an image.
 *
 *	cc -o queue-sizes queue-sizes.c $(pkg-config --cflags --libs pipeimg)
 *	./queue-sizes IMAGE
 */
#include <inttypes.h>
#include <stdio.h>

#include <pipeimg.h>

static int complain(const struct pimg_error *error)
{
	char text[1200];

	fprintf(stderr, "queue-sizes: %s\n", pimg_error_format(error, text, sizeof(text)));
	return error->status;
}

static void print_sizes(const struct pimg_image *image)
{
	for (size_t i = 0; i < pimg_image_queue_count(image); i++) {
		const struct pimg_queue_info *queue = pimg_image_queue(image, i);

		printf("%" PRIu32 " %" PRIu64 " %zu\n", queue->id, queue->bytes, queue->chunks);
	}
}

int main(int argc, char **argv)
{
	struct pimg_image *image;
	struct pimg_error error;
	int status = PIMG_OK;

	if (argc != 2) {
		fputs("Usage: queue-sizes IMAGE\n", stderr);
		return PIMG_USAGE;
	}
	image = pimg_image_open(argv[1], NULL, &error);
	if (!image)
		return complain(&error);
	print_sizes(image);
	/* A damaged image is opened up to the damage. Callers that need a complete image must check. */
	if (pimg_image_damage(image))
		status = complain(pimg_image_damage(image));
	pimg_image_close(image);
	return status;
}
