// SPDX-License-Identifier: LGPL-2.1-or-later
/* Queues in memory as an image, for functions that need an image. */
#include "base/error.h"
#include "image/grow.h"
#include "image/image.h"
#include "image/writer-sets.h"
#include "image/writer.h"

static int add_queues(struct pimg_image *image, const struct writer_sets *sets, unsigned set,
		      enum pimg_type type, struct pimg_error *error)
{
	struct pimg_writer_options options = {.layout = PIMG_LAYOUT_INDEXED};
	size_t count;
	const struct pimg_queue *const *queues = writer_set(sets, type, set, &count);
	struct source *source;

	if (set && !count)
		return 0;
	source = writer_write_nameless(queues, count, type, &options, error);
	if (!source)
		return -1;
	image_add_part(image, source, (int)type);
	image->parts[image->part_count - 1].set = set;
	return 0;
}

struct pimg_image *pimg_image_of_queues(const struct pimg_queue *const *queues, size_t count,
					struct pimg_error *error)
{
	struct pimg_image *image = image_new("live", NULL, error);
	struct writer_sets sets;
	int result;

	if (!image)
		return NULL;
	result = writer_sets_make(&sets, queues, count, error);
	for (unsigned set = 0; result == 0 && set < sets.set_count; set++) {
		for (int type = PIMG_PIPE; type <= PIMG_FIFO && result == 0; type++)
			result = add_queues(image, &sets, set, (enum pimg_type)type, error);
	}
	writer_sets_release(&sets);
	if (result == 0 && grow_whole(image, error) == 0)
		return image;
	pimg_image_close(image);
	return NULL;
}
