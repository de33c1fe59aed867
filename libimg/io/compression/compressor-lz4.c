// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lz4, with liblz4 itself: libarchive's filter (3.6.2) writes beyond its buffer if some megabytes do not
 * get smaller.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "io/compression/compressor-method.h"
#include "io/compression/liblz4.h"

/* Content bytes per call: a block of the format. */
#define PART_BYTES (64 * 1024)

struct lz4 {
	struct compressor compressor;
	LZ4F_cctx *context;
	size_t size;
	uint8_t buffer[];
};

/* Passes on the bytes that the library has just written to the buffer. */
static int pass_on(struct lz4 *lz4, size_t result, struct pimg_error *error)
{
	if (sym_LZ4F_isError(result))
		return error_refused(error, EIO, "lz4 cannot compress: %s",
				     sym_LZ4F_getErrorName(result));
	return result ? compressor_output(&lz4->compressor, lz4->buffer, result, error) : 0;
}

static void lz4_free(struct compressor *compressor)
{
	struct lz4 *lz4 = (struct lz4 *)compressor;

	sym_LZ4F_freeCompressionContext(lz4->context);
	free(lz4);
}

static struct compressor *lz4_open(struct compressor base, enum compression method, int level,
				   struct pimg_error *error)
{
	const LZ4F_preferences_t preferences = {
		.frameInfo = {.blockSizeID = LZ4F_max64KB,
			      .contentChecksumFlag = LZ4F_contentChecksumEnabled},
		.compressionLevel = level,
	};
	struct lz4 *lz4;
	size_t size;

	(void)method;
	if (liblz4_load(error) < 0)
		return NULL;
	size = sym_LZ4F_compressBound(PART_BYTES, &preferences);
	lz4 = calloc(1, sizeof(*lz4) + size);
	if (!lz4 ||
	    sym_LZ4F_isError(sym_LZ4F_createCompressionContext(&lz4->context, LZ4F_VERSION))) {
		free(lz4);
		error_memory(error);
		return NULL;
	}
	lz4->compressor = base;
	lz4->size = size;
	if (pass_on(lz4, sym_LZ4F_compressBegin(lz4->context, lz4->buffer, size, &preferences),
		    error) == 0)
		return &lz4->compressor;
	lz4_free(&lz4->compressor);
	return NULL;
}

static int lz4_write(struct compressor *compressor, const void *data, size_t length,
		     struct pimg_error *error)
{
	struct lz4 *lz4 = (struct lz4 *)compressor;
	const uint8_t *next = data;

	while (length) {
		size_t part = length < PART_BYTES ? length : PART_BYTES;

		if (pass_on(lz4,
			    sym_LZ4F_compressUpdate(lz4->context, lz4->buffer, lz4->size, next,
						    part, NULL),
			    error) < 0)
			return -1;
		next += part;
		length -= part;
	}
	return 0;
}

static int lz4_finish(struct compressor *compressor, struct pimg_error *error)
{
	struct lz4 *lz4 = (struct lz4 *)compressor;

	return pass_on(lz4, sym_LZ4F_compressEnd(lz4->context, lz4->buffer, lz4->size, NULL),
		       error);
}

const struct compressor_ops compressor_lz4_ops = {
	.open = lz4_open,
	.write = lz4_write,
	.finish = lz4_finish,
	.free = lz4_free,
};
