// SPDX-License-Identifier: LGPL-2.1-or-later
/* A plain zstd stream. */
#include "io/compression/compressor-zstd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd_errors.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/processors.h"
#include "io/compression/compressor-method.h"

/*
 * Content for one worker at a time. zstd's default is 8 MiB at level 3, and each worker needs three times
 * that.
 */
#define JOB_BYTES (2 * 1024 * 1024)

struct stream {
	struct compressor compressor;
	ZSTD_CCtx *context;
	bool has_threads;
	size_t size;
	uint8_t buffer[];
};

int zstd_processors(void)
{
	int count = processors();

	return count < ZSTD_WORKERS_MAX ? count : ZSTD_WORKERS_MAX;
}

int zstd_failed(size_t result, struct pimg_error *error)
{
	if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
		return error_memory(error);
	return error_refused(error, EIO, "zstd cannot compress: %s", ZSTD_getErrorName(result));
}

ZSTD_CCtx *zstd_context(int level, int workers, struct pimg_error *error)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t result;

	if (!context) {
		error_memory(error);
		return NULL;
	}
	result = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
	if (!ZSTD_isError(result))
		result = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	if (ZSTD_isError(result)) {
		zstd_failed(result, error);
		ZSTD_freeCCtx(context);
		return NULL;
	}
	/* libzstd without threads refuses this, and then works in this thread. */
	ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, workers);
	return context;
}

static struct compressor *stream_open(struct compressor base, enum compression method, int level,
				      struct pimg_error *error)
{
	size_t size = ZSTD_CStreamOutSize();
	struct stream *stream = calloc(1, sizeof(*stream) + size);

	(void)method;
	if (!stream) {
		error_memory(error);
		return NULL;
	}
	stream->compressor = base;
	stream->size = size;
	stream->context = zstd_context(level, zstd_processors(), error);
	if (!stream->context) {
		free(stream);
		return NULL;
	}
	ZSTD_CCtx_setParameter(stream->context, ZSTD_c_jobSize, JOB_BYTES);
	return &stream->compressor;
}

/* One call of zstd, whose output is passed on. @left: set to 0 if no more output follows */
static int step(struct stream *stream, ZSTD_inBuffer *input, ZSTD_EndDirective directive,
		size_t *left, struct pimg_error *error)
{
	ZSTD_outBuffer output = {stream->buffer, stream->size, 0};
	sigset_t before;

	/* The first call creates the context's threads. */
	if (!stream->has_threads)
		signals_block_all(&before);
	*left = ZSTD_compressStream2(stream->context, &output, input, directive);
	if (!stream->has_threads)
		signals_unblock(&before);
	stream->has_threads = true;
	if (ZSTD_isError(*left))
		return zstd_failed(*left, error);
	if (!output.pos)
		return 0;
	return compressor_output(&stream->compressor, stream->buffer, output.pos, error);
}

static int stream_write(struct compressor *compressor, const void *data, size_t length,
			struct pimg_error *error)
{
	ZSTD_inBuffer input = {data, length, 0};
	size_t left;

	while (input.pos < input.size) {
		if (step((struct stream *)compressor, &input, ZSTD_e_continue, &left, error) < 0)
			return -1;
	}
	return 0;
}

static int stream_finish(struct compressor *compressor, struct pimg_error *error)
{
	ZSTD_inBuffer nothing = {NULL, 0, 0};
	size_t left;

	do {
		if (step((struct stream *)compressor, &nothing, ZSTD_e_end, &left, error) < 0)
			return -1;
	} while (left);
	return 0;
}

static void stream_free(struct compressor *compressor)
{
	struct stream *stream = (struct stream *)compressor;

	ZSTD_freeCCtx(stream->context);
	free(stream);
}

const struct compressor_ops compressor_zstd_ops = {
	.open = stream_open,
	.write = stream_write,
	.finish = stream_finish,
	.free = stream_free,
};
