// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipe-program.h"
#include "random-image.h"

/* How a queue's records are encoded; with ANY each one differs. */
enum style { PLAIN, WITH_KIND, LISTED, EMPTY, ANY, STYLES };

#define QUEUES_MOST 16

struct making {
	const struct random_image *what;
	struct bytes bytes;
	enum style styles[QUEUES_MOST];
	bool has_origin[QUEUES_MOST];
	uint8_t *payload;
	uint64_t *random;
};

static uint32_t below(struct making *making, uint32_t limit)
{
	return next_random(making->random) % limit;
}

static void put_end(struct making *making, struct bytes *origin)
{
	static const uint32_t flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | 040000};
	struct bytes end = {0};

	put_number(&end, 1, 1 + below(making, 100));
	put_number(&end, 2, below(making, 20));
	put_number(&end, 3, flags[below(making, 4)]);
	put_nested(&end, 4, "program", below(making, 8));
	put_nested(origin, 6, end.data, end.length);
	bytes_release(&end);
}

static void put_origin(struct making *making, struct bytes *message)
{
	struct bytes origin = {0};

	put_number(&origin, 2, 4096);
	put_number(&origin, 3, below(making, 2000));
	for (uint32_t ends = below(making, 6); ends; ends--)
		put_end(making, &origin);
	put_nested(message, 1003, origin.data, origin.length);
	bytes_release(&origin);
}

static void put_list(struct making *making, struct bytes *message, uint32_t length)
{
	struct bytes list = {0};

	while (length) {
		uint32_t chunk = 1 + below(making, length);

		put_varint(&list, (uint64_t)chunk << 1 | below(making, 2));
		length -= chunk;
	}
	put_nested(message, 1000, list.data, list.length);
	bytes_release(&list);
}

static void put_fields(struct making *making, struct bytes *message, uint32_t queue,
		       enum style style, uint32_t length)
{
	if (!below(making, 4))
		put_number(message, 3, 4096U << below(making, 9));
	if (style == LISTED)
		put_list(making, message, length);
	if (style == WITH_KIND && length)
		put_number(message, 1001, below(making, 2));
	if (!making->has_origin[queue] && style != PLAIN && !below(making, 3)) {
		making->has_origin[queue] = true;
		put_origin(making, message);
	}
	if (!below(making, 8))
		put_number(message, 1004, 1 + below(making, 4));
	if (!below(making, 8))
		put_number(message, 1005, 1 + below(making, QUEUES_MOST));
}

static void put_one(struct making *making)
{
	uint32_t queue = below(making, making->what->queues);
	enum style style = making->styles[queue];
	struct bytes message = {0};
	uint32_t length = 1 + below(making, making->what->longest);

	if (style == ANY)
		style = (enum style)below(making, ANY);
	if (style == EMPTY)
		length = 0;
	for (uint32_t i = 0; i < length; i++)
		making->payload[i] = (uint8_t)below(making, 256);
	put_number(&message, 1, 1000 + queue);
	put_number(&message, 2, length);
	if (making->what->type != PIMG_SOCKET)
		put_fields(making, &message, queue, style, length);
	put_record(&making->bytes, &message, making->payload, length);
	bytes_release(&message);
}

struct bytes random_image_make(const struct random_image *image, uint64_t *random)
{
	static const uint32_t magics[] = {MAGIC_PIPES_DATA, MAGIC_FIFO_DATA, MAGIC_SK_QUEUES};
	struct making making = {.what = image, .random = random};

	assert_true(image->queues <= QUEUES_MOST);
	making.payload = malloc(image->longest);
	assert_non_null(making.payload);
	for (size_t i = 0; i < QUEUES_MOST; i++)
		making.styles[i] = (enum style)below(&making, STYLES);
	put_magic(&making.bytes, magics[image->type]);
	for (uint32_t i = 0; i < image->records; i++)
		put_one(&making);
	free(making.payload);
	return making.bytes;
}
