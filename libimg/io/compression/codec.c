// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/codec.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* xz counts all the memory that it needs: the window and a little more. */
#define XZ_MEMORY_MAX ((UINT64_C(1) << CODEC_WINDOW_LOG) + (UINT64_C(2) << 20))

static unsigned limited(size_t size)
{
	return size > INT32_MAX ? INT32_MAX : (unsigned)size;
}

/* ---- zstd ---- */

static void *zstd_open(void)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();

	if (context)
		ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, CODEC_WINDOW_LOG);
	return context;
}

static enum codec_result zstd_step(void *self, struct codec_step *step, const char **why)
{
	ZSTD_inBuffer in = {step->in, step->in_size, 0};
	ZSTD_outBuffer out = {step->out, step->out_size, 0};
	size_t result = ZSTD_decompressStream(self, &out, &in);

	step->in_used = in.pos;
	step->out_used = out.pos;
	if (!ZSTD_isError(result))
		return result ? CODEC_MORE : CODEC_END;
	*why = ZSTD_getErrorName(result);
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return CODEC_WINDOW;
	case ZSTD_error_memory_allocation:
		return CODEC_MEMORY;
	default:
		return CODEC_DAMAGED;
	}
}

static int zstd_again(void *self)
{
	ZSTD_DCtx_reset(self, ZSTD_reset_session_only);
	return 0;
}

static void zstd_close(void *self)
{
	ZSTD_freeDCtx(self);
}

/* ---- gzip ---- */

static void *gzip_open(void)
{
	enum { GZIP_ALONE = 16 };
	z_stream *stream = calloc(1, sizeof(*stream));

	if (stream && inflateInit2(stream, MAX_WBITS + GZIP_ALONE) == Z_OK)
		return stream;
	free(stream);
	return NULL;
}

static enum codec_result gzip_step(void *self, struct codec_step *step, const char **why)
{
	z_stream *stream = self;
	unsigned in = limited(step->in_size), out = limited(step->out_size);
	int result;

	stream->next_in = (Bytef *)step->in;
	stream->avail_in = in;
	stream->next_out = step->out;
	stream->avail_out = out;
	result = inflate(stream, Z_NO_FLUSH);
	step->in_used = in - stream->avail_in;
	step->out_used = out - stream->avail_out;
	*why = stream->msg;
	switch (result) {
	case Z_OK:
	case Z_BUF_ERROR:
		return CODEC_MORE;
	case Z_STREAM_END:
		return CODEC_END;
	case Z_MEM_ERROR:
		return CODEC_MEMORY;
	default:
		return CODEC_DAMAGED;
	}
}

static int gzip_again(void *self)
{
	return inflateReset(self) == Z_OK ? 0 : -1;
}

static void gzip_close(void *self)
{
	inflateEnd(self);
	free(self);
}

/* ---- xz ---- */

static void *xz_open(void)
{
	lzma_stream *stream = calloc(1, sizeof(*stream));

	if (stream && lzma_stream_decoder(stream, XZ_MEMORY_MAX, 0) == LZMA_OK)
		return stream;
	free(stream);
	return NULL;
}

static enum codec_result xz_step(void *self, struct codec_step *step, const char **why)
{
	lzma_stream *stream = self;
	lzma_ret result;

	stream->next_in = step->in;
	stream->avail_in = step->in_size;
	stream->next_out = step->out;
	stream->avail_out = step->out_size;
	result = lzma_code(stream, LZMA_RUN);
	step->in_used = step->in_size - stream->avail_in;
	step->out_used = step->out_size - stream->avail_out;
	switch (result) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return CODEC_MORE;
	case LZMA_STREAM_END:
		return CODEC_END;
	case LZMA_MEM_ERROR:
		return CODEC_MEMORY;
	case LZMA_MEMLIMIT_ERROR:
		return CODEC_WINDOW;
	default:
		*why = result == LZMA_OPTIONS_ERROR ? "it uses a filter that is not known"
						    : "wrong checksum or invalid codes";
		return CODEC_DAMAGED;
	}
}

static int xz_again(void *self)
{
	return lzma_stream_decoder(self, XZ_MEMORY_MAX, 0) == LZMA_OK ? 0 : -1;
}

static void xz_close(void *self)
{
	lzma_end(self);
	free(self);
}

/* ---- bzip2 ---- */

static void *bzip2_open(void)
{
	bz_stream *stream = calloc(1, sizeof(*stream));

	if (stream && BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK)
		return stream;
	free(stream);
	return NULL;
}

static enum codec_result bzip2_step(void *self, struct codec_step *step, const char **why)
{
	bz_stream *stream = self;
	unsigned in = limited(step->in_size), out = limited(step->out_size);
	int result;

	stream->next_in = (char *)step->in;
	stream->avail_in = in;
	stream->next_out = (char *)step->out;
	stream->avail_out = out;
	result = BZ2_bzDecompress(stream);
	step->in_used = in - stream->avail_in;
	step->out_used = out - stream->avail_out;
	switch (result) {
	case BZ_OK:
		return CODEC_MORE;
	case BZ_STREAM_END:
		return CODEC_END;
	case BZ_MEM_ERROR:
		return CODEC_MEMORY;
	default:
		*why = "wrong checksum or invalid codes";
		return CODEC_DAMAGED;
	}
}

static int bzip2_again(void *self)
{
	BZ2_bzDecompressEnd(self);
	memset(self, 0, sizeof(bz_stream));
	return BZ2_bzDecompressInit(self, 0, 0) == BZ_OK ? 0 : -1;
}

static void bzip2_close(void *self)
{
	BZ2_bzDecompressEnd(self);
	free(self);
}

/* ---- lz4 ---- */

static void *lz4_open(void)
{
	LZ4F_dctx *context;

	return LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) ? NULL
										     : context;
}

static enum codec_result lz4_step(void *self, struct codec_step *step, const char **why)
{
	size_t result;

	step->in_used = step->in_size;
	step->out_used = step->out_size;
	result = LZ4F_decompress(self, step->out, &step->out_used, step->in, &step->in_used, NULL);
	if (!LZ4F_isError(result))
		return result ? CODEC_MORE : CODEC_END;
	*why = LZ4F_getErrorName(result);
	step->in_used = step->out_used = 0;
	return CODEC_DAMAGED;
}

static int lz4_again(void *self)
{
	LZ4F_resetDecompressionContext(self);
	return 0;
}

static void lz4_close(void *self)
{
	LZ4F_freeDecompressionContext(self);
}

static const struct codec codecs[] = {
	[COMPRESSION_ZSTD] = {"zstd", zstd_open, zstd_step, zstd_again, zstd_close},
	[COMPRESSION_ZSTD_SEEKABLE] = {"zstd", zstd_open, zstd_step, zstd_again, zstd_close},
	[COMPRESSION_GZIP] = {"gzip", gzip_open, gzip_step, gzip_again, gzip_close},
	[COMPRESSION_XZ] = {"xz", xz_open, xz_step, xz_again, xz_close},
	[COMPRESSION_BZIP2] = {"bzip2", bzip2_open, bzip2_step, bzip2_again, bzip2_close},
	[COMPRESSION_LZ4] = {"lz4", lz4_open, lz4_step, lz4_again, lz4_close},
};

const struct codec *codec_of(enum compression method)
{
	return &codecs[method];
}
