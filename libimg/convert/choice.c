// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which of a directory's queue images is converted to a file that can contain only one. */
#include "convert/choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "image/reduce.h"
#include "pipeimg-private.h"

static bool is_one_image(const struct pimg_image *image)
{
	for (size_t i = 1; i < image->part_count; i++) {
		if (!parts_are_of_one_file(&image->parts[i], &image->parts[0]))
			return false;
	}
	return true;
}

/* The unread data of a queue image. */
struct content {
	size_t queues;
	uint64_t bytes;
};

static void count_content(const struct pimg_image *image, struct content *contents)
{
	for (size_t i = 0; i < image->queue_count; i++) {
		const struct image_queue *queue = &image->queues[i];
		size_t part = 0;

		if (!queue->info.chunks)
			continue;
		while (!parts_are_of_one_file(&image->parts[part], &image->parts[queue->part]))
			part++;
		contents[part].queues++;
		contents[part].bytes += queue->info.bytes;
	}
}

static const char *file_name(const struct part *part)
{
	const char *name = source_name(part->source), *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* Whether an earlier part belongs to the same file. */
static bool is_listed(const struct pimg_image *image, size_t part)
{
	for (size_t i = 0; i < part; i++) {
		if (parts_are_of_one_file(&image->parts[i], &image->parts[part]))
			return true;
	}
	return false;
}

static void describe(const struct content *content, char *text, size_t size)
{
	if (content->queues)
		snprintf(text, size, "%zu queue%s, %" PRIu64 " byte%s", content->queues,
			 PLURAL_S(content->queues), content->bytes, PLURAL_S(content->bytes));
	else
		snprintf(text, size, "empty");
}

/* "; give one: pipes-data.img (2 queues, 9 bytes), sk-queues.img (empty)" */
static int refuse_several(const struct pimg_image *image, const struct content *contents,
			  struct pimg_error *error)
{
	char list[512] = "";
	size_t length = 0;

	for (size_t i = 0; i < image->part_count && length < sizeof(list); i++) {
		char content[64];

		if (is_listed(image, i))
			continue;
		describe(&contents[i], content, sizeof(content));
		length +=
			(size_t)snprintf(list + length, sizeof(list) - length, "%s%s (%s)",
					 length ? ", " : "", file_name(&image->parts[i]), content);
	}
	error_usage(error, "has several images, but JSON can contain only one; give one: %s", list);
	return error_in_file(error, image->name);
}

int convert_choose_part(struct pimg_image *image, const struct pimg_convert_options *options,
			struct pimg_error *error)
{
	struct content contents[ALL_PARTS_MAX] = {{0}};
	size_t full = 0, chosen = 0;

	if (options->output != PIMG_TO_JSON || is_one_image(image))
		return 0;
	count_content(image, contents);
	for (size_t i = 0; i < image->part_count; i++) {
		full += contents[i].queues > 0;
		chosen = contents[i].queues ? i : chosen;
	}
	if (full != 1)
		return refuse_several(image, contents, error);
	if (options->chosen)
		options->chosen(options->context, image->name, file_name(&image->parts[chosen]));
	return image_reduce(image, chosen, error);
}
