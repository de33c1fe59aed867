// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/compressor.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/error.h"
#include "io/compression/compressor-method.h"

static struct compressor *none_open(struct compressor base, enum compression method, int level,
				    struct pimg_error *error)
{
	struct compressor *compressor = malloc(sizeof(*compressor));

	(void)method;
	(void)level;
	if (!compressor) {
		error_memory(error);
		return NULL;
	}
	*compressor = base;
	return compressor;
}

static int none_finish(struct compressor *compressor, struct pimg_error *error)
{
	(void)compressor;
	(void)error;
	return 0;
}

static void none_free(struct compressor *compressor)
{
	free(compressor);
}

static const struct compressor_ops none_ops = {
	.open = none_open,
	.write = compressor_output,
	.finish = none_finish,
	.free = none_free,
};

static int zero(void)
{
	return 0;
}

static int one(void)
{
	return 1;
}

static int nine(void)
{
	return 9;
}

/* zstd's range of levels depends on the linked library. */
struct method {
	const struct compressor_ops *ops;
	int default_level;
	int (*lowest_level)(void);
	int (*highest_level)(void);
};

static const struct method methods[] = {
	[COMPRESSION_NONE] = {&none_ops, 0, zero, zero},
	[COMPRESSION_ZSTD] = {&compressor_zstd_ops, 3, ZSTD_minCLevel, ZSTD_maxCLevel},
	[COMPRESSION_ZSTD_SEEKABLE] = {&compressor_seekable_ops, 3, ZSTD_minCLevel, ZSTD_maxCLevel},
	[COMPRESSION_GZIP] = {&compressor_filter_ops, 6, one, nine},
	[COMPRESSION_XZ] = {&compressor_filter_ops, 6, one, nine},
	[COMPRESSION_BZIP2] = {&compressor_filter_ops, 9, one, nine},
	[COMPRESSION_LZ4] = {&compressor_lz4_ops, 1, one, nine},
};

static int check_level(enum compression method, int level, struct pimg_error *error)
{
	const char *name = compression_name(method);
	int lowest = methods[method].lowest_level(), highest = methods[method].highest_level();

	if (level >= lowest && level <= highest)
		return 0;
	if (lowest == highest)
		return error_usage(error, "%s has no compression levels", name);
	return error_usage(error, "%s has levels %d to %d, not %d", name, lowest, highest, level);
}

struct compressor *compressor_open(enum compression method, int level, compressor_output_fn output,
				   void *context, struct pimg_error *error)
{
	const struct method *chosen = &methods[method];
	const struct compressor base = {chosen->ops, output, context};

	if (!level)
		level = chosen->default_level;
	if (check_level(method, level, error) < 0)
		return NULL;
	return chosen->ops->open(base, method, level, error);
}

int compressor_write(struct compressor *compressor, const void *data, size_t length,
		     struct pimg_error *error)
{
	return compressor->ops->write(compressor, data, length, error);
}

int compressor_begin_record(struct compressor *compressor, struct pimg_error *error)
{
	return compressor->ops->mark ? compressor->ops->mark(compressor, error) : 0;
}

int compressor_skippable(struct compressor *compressor, uint32_t magic, const void *data,
			 size_t length, struct pimg_error *error)
{
	if (!compressor->ops->skippable)
		return error_usage(error, "only seekable zstd has skippable frames");
	return compressor->ops->skippable(compressor, magic, data, length, error);
}

int compressor_finish(struct compressor *compressor, struct pimg_error *error)
{
	return compressor->ops->finish(compressor, error);
}

void compressor_free(struct compressor *compressor)
{
	if (compressor)
		compressor->ops->free(compressor);
}
