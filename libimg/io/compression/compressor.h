/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A compressor: bytes go in, compressed bytes go to a callback, from the caller's thread.
 *
 * After a failure, only compressor_free() may be called.
 *
 * The output of COMPRESSION_ZSTD_SEEKABLE was decompressed again and compared with the input. The output of
 * other methods must be read back by callers that want to be sure of it.
 */
#ifndef LIBIMG_IO_COMPRESSION_COMPRESSOR_H
#define LIBIMG_IO_COMPRESSION_COMPRESSOR_H

#include <stddef.h>
#include <stdint.h>

#include "io/compression/compression.h"
#include "pipeimg.h"

struct compressor;

/*
 * @level: of the method; 0 is its default
 * Returns null if the method has no such level, or is not available.
 */
struct compressor *compressor_open(enum compression method, int level, compressor_output_fn output,
				   void *context, struct pimg_error *error);
int compressor_write(struct compressor *compressor, const void *data, size_t length,
		     struct pimg_error *error);
/* A record begins with the next byte: a frame may be cut here. Cheap; does nothing without frames. */
int compressor_begin_record(struct compressor *compressor, struct pimg_error *error);
/*
 * Writes bytes that every zstd skips, after the data written so far. They have a row in the seek table,
 * with a decompressed size of 0. Only for COMPRESSION_ZSTD_SEEKABLE.
 * @magic: 0x184D2A50 to 0x184D2A5F, but not 0x184D2A5E, which is that of the seek table
 */
int compressor_skippable(struct compressor *compressor, uint32_t magic, const void *data,
			 size_t length, struct pimg_error *error);
/* Writes the rest. To be called once, before compressor_free(). */
int compressor_finish(struct compressor *compressor, struct pimg_error *error);
/* Drops the rest, unless compressor_finish() was called. Null is fine. */
void compressor_free(struct compressor *compressor);

#endif
