// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sources that are a part of another: a contiguous file in an archive. */
#include <stdlib.h>

#include "base/error.h"
#include "io/source/source.h"

struct part {
	struct source *whole;
	uint64_t offset, length;
};

static ssize_t part_read(void *self, uint64_t offset, void *buffer, size_t length,
			 struct pimg_error *error)
{
	struct part *part = self;
	struct source *whole = part->whole;
	uint64_t left = offset < part->length ? part->length - offset : 0;

	if (length > left)
		length = left;
	if (!length)
		return 0;
	return whole->backend->read(whole->self, part->offset + offset, buffer, length, error);
}

static int64_t part_length(void *self, struct pimg_error *error)
{
	const struct part *part = self;
	const struct source *whole = part->whole;
	int64_t there = whole->backend->length(whole->self, error);
	uint64_t left;

	if (there < 0 || (uint64_t)there < part->offset)
		return there < 0 ? -1 : 0;
	left = (uint64_t)there - part->offset;
	return (int64_t)(left < part->length ? left : part->length);
}

static uint64_t part_data_after(void *self, uint64_t offset)
{
	const struct part *part = self;
	const struct source *whole = part->whole;
	uint64_t at = part->offset + offset;
	uint64_t data =
		whole->backend->data_after ? whole->backend->data_after(whole->self, at) : at;
	uint64_t left = part->length - offset;

	return offset + (data - at < left ? data - at : left);
}

static void part_close(void *self)
{
	free(self);
}

static const struct source_backend part_backend = {
	.read = part_read,
	.length = part_length,
	.data_after = part_data_after,
	.close = part_close,
};

struct source *source_part(struct source *whole, uint64_t offset, uint64_t length, const char *name,
			   struct pimg_error *error)
{
	struct part *part = malloc(sizeof(*part));

	if (!part) {
		error_memory(error);
		return NULL;
	}
	*part = (struct part){.whole = whole, .offset = offset, .length = length};
	return source_new(&part_backend, part, name, true, length, error);
}
