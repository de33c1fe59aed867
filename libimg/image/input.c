// SPDX-License-Identifier: LGPL-2.1-or-later
/* Inputs as callers of the library open them. */
#include <stdlib.h>

#include "base/error.h"
#include "base/sized.h"
#include "image/open.h"

struct pimg_input {
	struct image_content content;
	struct pimg_open_options options;
	bool was_opened; /* the image of a file */
};

/* Returns 0 with options checked, or -1. */
static int take_options(struct pimg_open_options *options, const struct pimg_open_options *given,
			struct pimg_error *error)
{
	if (sized_take(options, sizeof(*options), given, SIZE_TO(struct pimg_open_options, dump),
		       error) < 0)
		return -1;
	if (options->flags & ~(PIMG_OPEN_TO_SHOW | PIMG_OPEN_UNINDEXED | PIMG_OPEN_ONE_QUEUE |
			       PIMG_OPEN_TASKS | PIMG_OPEN_GROWING))
		return error_usage(error, "unknown flags");
	if (options->flags & PIMG_OPEN_ONE_QUEUE &&
	    options->flags & (PIMG_OPEN_UNINDEXED | PIMG_OPEN_TASKS | PIMG_OPEN_GROWING))
		return error_usage(error, "a single queue cannot be opened without its index, with "
					  "processes or while the image grows");
	if (options->flags & PIMG_OPEN_GROWING)
		options->flags |= PIMG_OPEN_TO_SHOW;
	return 0;
}

struct pimg_image *pimg_image_open(const char *path, const struct pimg_open_options *given,
				   struct pimg_error *error)
{
	struct pimg_open_options options;

	return take_options(&options, given, error) < 0 ? NULL
							: image_open_chosen(path, &options, error);
}

struct pimg_input *pimg_input_open(const char *path, const struct pimg_open_options *given,
				   struct pimg_error *error)
{
	struct pimg_input *input = calloc(1, sizeof(*input));

	if (!input) {
		error_memory(error);
		return NULL;
	}
	if (take_options(&input->options, given, error) == 0 &&
	    image_content_of(&input->content, path, &input->options, error) == 0)
		return input;
	free(input);
	return NULL;
}

void pimg_input_close(struct pimg_input *input)
{
	if (!input)
		return;
	image_content_close(&input->content);
	free(input);
}

size_t pimg_input_dump_count(const struct pimg_input *input)
{
	return input->content.dumps.count ? input->content.dumps.count : 1;
}

const char *pimg_input_dump(const struct pimg_input *input, size_t number)
{
	return number < input->content.dumps.count ? input->content.dumps.all[number].path : "";
}

int pimg_input_find(const struct pimg_input *input, const char *dump, size_t *number,
		    struct pimg_error *error)
{
	return image_content_choose(&input->content, dump, number, error);
}

struct pimg_image *pimg_input_image(struct pimg_input *input, size_t number,
				    struct pimg_error *error)
{
	if (number >= pimg_input_dump_count(input) || input->was_opened) {
		error_usage(error, input->was_opened ? "the image was already opened"
						     : "there is no dump of that number");
		return NULL;
	}
	input->was_opened = input->content.source != NULL;
	return image_of_content(&input->content, number, &input->options, error);
}
