// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/spool-source.h"

static ssize_t read_spool(void *self, uint64_t offset, void *buffer, size_t length,
			  struct pimg_error *error)
{
	return spool_read(self, offset, buffer, length, error);
}

static int64_t length_of_spool(void *self, struct pimg_error *error)
{
	(void)error;
	return (int64_t)spool_length(self);
}

static uint64_t data_after(void *self, uint64_t offset)
{
	return spool_data_after(self, offset);
}

static void close_nothing(void *self)
{
	(void)self;
}

static const struct source_backend backend = {
	.read = read_spool,
	.length = length_of_spool,
	.data_after = data_after,
	.close = close_nothing,
};

struct source *spool_source(struct spool *spool, const char *name, struct pimg_error *error)
{
	return source_new(&backend, spool, name, true, 0, error);
}
