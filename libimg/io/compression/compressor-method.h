/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface of a compression method, for compressor*.c. */
#ifndef LIBIMG_IO_COMPRESSION_COMPRESSOR_METHOD_H
#define LIBIMG_IO_COMPRESSION_COMPRESSOR_METHOD_H

#include "io/compression/compression.h"

/* The first member of each method's structure. */
struct compressor {
	const struct compressor_ops *ops;
	compressor_output_fn output;
	void *context;
};

struct compressor_ops {
	/* @base: the first member of the method's structure */
	struct compressor *(*open)(struct compressor base, enum compression method, int level,
				   struct pimg_error *error);
	int (*write)(struct compressor *compressor, const void *data, size_t length,
		     struct pimg_error *error);
	/* Null if the method has no frames. */
	int (*mark)(struct compressor *compressor, struct pimg_error *error);
	int (*skippable)(struct compressor *compressor, uint32_t magic, const void *data,
			 size_t length, struct pimg_error *error);
	int (*finish)(struct compressor *compressor, struct pimg_error *error);
	void (*free)(struct compressor *compressor);
};

extern const struct compressor_ops compressor_filter_ops;
extern const struct compressor_ops compressor_lz4_ops;
extern const struct compressor_ops compressor_seekable_ops;
extern const struct compressor_ops compressor_zstd_ops;

static inline int compressor_output(struct compressor *compressor, const void *data, size_t length,
				    struct pimg_error *error)
{
	return compressor->output(compressor->context, data, length, error);
}

#endif
