// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/codec.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/library.h"
#include "io/compression/liblz4.h"

/* xz counts all the memory that it needs: the window and a little more. */
#define XZ_MEMORY_MAX ((UINT64_C(1) << CODEC_WINDOW_LOG) + (UINT64_C(2) << 20))

static unsigned limited(size_t size)
{
	return size > INT32_MAX ? INT32_MAX : (unsigned)size;
}

/* ---- zstd ---- */

static int zstd_load(struct pimg_error *error)
{
	(void)error;
	return 0; /* it is linked */
}

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

#define ZLIB_FUNCTIONS(FUNCTION)                                                                   \
	FUNCTION(inflate)                                                                          \
	FUNCTION(inflateEnd)                                                                       \
	FUNCTION(inflateInit2_)                                                                    \
	FUNCTION(inflateReset)
ZLIB_FUNCTIONS(LIBRARY_STATIC_FUNCTION)
LIBRARY(zlib, ZLIB_FUNCTIONS, ZLIB_SONAME, "gzip files cannot be read without zlib", "gzip",
	"Reading files compressed with gzip");

static int gzip_load(struct pimg_error *error)
{
	return library_load(&zlib, error);
}

static void *gzip_open(void)
{
	enum { GZIP_ALONE = 16 };
	z_stream *stream = calloc(1, sizeof(*stream));

	/* What the macro inflateInit2() does. */
	if (stream && sym_inflateInit2_(stream, MAX_WBITS + GZIP_ALONE, ZLIB_VERSION,
					(int)sizeof(*stream)) == Z_OK)
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
	result = sym_inflate(stream, Z_NO_FLUSH);
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
	return sym_inflateReset(self) == Z_OK ? 0 : -1;
}

static void gzip_close(void *self)
{
	sym_inflateEnd(self);
	free(self);
}

/* ---- xz ---- */

#define LIBLZMA_FUNCTIONS(FUNCTION)                                                                \
	FUNCTION(lzma_code)                                                                        \
	FUNCTION(lzma_end)                                                                         \
	FUNCTION(lzma_stream_decoder)
LIBLZMA_FUNCTIONS(LIBRARY_STATIC_FUNCTION)
LIBRARY(liblzma, LIBLZMA_FUNCTIONS, LIBLZMA_SONAME, "xz files cannot be read without liblzma", "xz",
	"Reading files compressed with xz");

static int xz_load(struct pimg_error *error)
{
	return library_load(&liblzma, error);
}

static void *xz_open(void)
{
	lzma_stream *stream = calloc(1, sizeof(*stream));

	if (stream && sym_lzma_stream_decoder(stream, XZ_MEMORY_MAX, 0) == LZMA_OK)
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
	result = sym_lzma_code(stream, LZMA_RUN);
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
	return sym_lzma_stream_decoder(self, XZ_MEMORY_MAX, 0) == LZMA_OK ? 0 : -1;
}

static void xz_close(void *self)
{
	sym_lzma_end(self);
	free(self);
}

/* ---- bzip2 ---- */

#define LIBBZ2_FUNCTIONS(FUNCTION)                                                                 \
	FUNCTION(BZ2_bzDecompress)                                                                 \
	FUNCTION(BZ2_bzDecompressEnd)                                                              \
	FUNCTION(BZ2_bzDecompressInit)
LIBBZ2_FUNCTIONS(LIBRARY_STATIC_FUNCTION)
LIBRARY(libbz2, LIBBZ2_FUNCTIONS, LIBBZ2_SONAME, "bzip2 files cannot be read without libbz2",
	"bzip2", "Reading files compressed with bzip2");

static int bzip2_load(struct pimg_error *error)
{
	return library_load(&libbz2, error);
}

static void *bzip2_open(void)
{
	bz_stream *stream = calloc(1, sizeof(*stream));

	if (stream && sym_BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK)
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
	result = sym_BZ2_bzDecompress(stream);
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
	sym_BZ2_bzDecompressEnd(self);
	memset(self, 0, sizeof(bz_stream));
	return sym_BZ2_bzDecompressInit(self, 0, 0) == BZ_OK ? 0 : -1;
}

static void bzip2_close(void *self)
{
	sym_BZ2_bzDecompressEnd(self);
	free(self);
}

/* ---- lz4 ---- */

static void *lz4_open(void)
{
	LZ4F_dctx *context;

	return sym_LZ4F_isError(sym_LZ4F_createDecompressionContext(&context, LZ4F_VERSION))
		       ? NULL
		       : context;
}

static enum codec_result lz4_step(void *self, struct codec_step *step, const char **why)
{
	size_t result;

	step->in_used = step->in_size;
	step->out_used = step->out_size;
	result = sym_LZ4F_decompress(self, step->out, &step->out_used, step->in, &step->in_used,
				     NULL);
	if (!sym_LZ4F_isError(result))
		return result ? CODEC_MORE : CODEC_END;
	*why = sym_LZ4F_getErrorName(result);
	step->in_used = step->out_used = 0;
	return CODEC_DAMAGED;
}

static int lz4_again(void *self)
{
	sym_LZ4F_resetDecompressionContext(self);
	return 0;
}

static void lz4_close(void *self)
{
	sym_LZ4F_freeDecompressionContext(self);
}

#define CODEC(method_)                                                                             \
	{                                                                                          \
#method_, method_##_load, method_##_open, method_##_step, method_##_again,         \
			method_##_close                                                            \
	}
static const struct codec codecs[] = {
	[COMPRESSION_ZSTD] = CODEC(zstd),
	[COMPRESSION_ZSTD_SEEKABLE] = CODEC(zstd),
	[COMPRESSION_GZIP] = CODEC(gzip),
	[COMPRESSION_XZ] = CODEC(xz),
	[COMPRESSION_BZIP2] = CODEC(bzip2),
	[COMPRESSION_LZ4] = {"lz4", liblz4_load, lz4_open, lz4_step, lz4_again, lz4_close},
};

const struct codec *codec_of(enum compression method)
{
	return &codecs[method];
}

void *codec_open(const struct codec *codec, struct pimg_error *error)
{
	void *state;

	if (codec->load(error) < 0)
		return NULL;
	state = codec->open();
	if (!state)
		error_memory(error);
	return state;
}
