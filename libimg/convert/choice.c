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

/* "...: pipes-data.img (2 queues, 9 bytes), sk-queues.img (empty)" */
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
	error_usage(
		error,
		"has several images, but a file can contain only one; choose one with --type, or "
		"write a file for each with the name of a new directory that ends in '/': %s",
		list);
	return error_in_file(error, image->name);
}

/* pcapng contains all images, and an archive or a directory stays one. */
static bool needs_one_image(const struct pimg_convert_options *options)
{
	return options->output == PIMG_TO_JSON ||
	       (options->output == PIMG_TO_IMAGE && options->has_type);
}

static int refuse_type(const struct pimg_image *image, enum pimg_type type,
		       struct pimg_error *error)
{
	error_usage(error, "has no image of %ss", pimg_type_word(type));
	return error_in_file(error, image->name);
}

int convert_choose_type(struct pimg_image *image, const struct pimg_convert_options *options,
			struct pimg_error *error)
{
	bool found = false;

	if (!options->has_type)
		return 0;
	for (size_t i = 0; i < image->part_count; i++)
		found |= image->parts[i].type == options->type;
	if (!found)
		return refuse_type(image, options->type, error);
	return image_reduce_to_type(image, options->type, error);
}

int convert_choose_part(struct pimg_image *image, const struct pimg_convert_options *options,
			struct pimg_error *error)
{
	struct content contents[ALL_PARTS_MAX] = {{0}};
	size_t full = 0, chosen = 0;

	if (!needs_one_image(options) || is_one_image(image))
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
