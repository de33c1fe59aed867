/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* liblz4, loaded when it is first needed; see base/library.h for how its functions are called. */
#ifndef LIBIMG_IO_COMPRESSION_LIBLZ4_H
#define LIBIMG_IO_COMPRESSION_LIBLZ4_H

#include <lz4frame.h>

#include "base/library.h"

#define LIBLZ4_FUNCTIONS(FUNCTION)                                                                 \
	FUNCTION(LZ4F_compressBegin)                                                               \
	FUNCTION(LZ4F_compressBound)                                                               \
	FUNCTION(LZ4F_compressEnd)                                                                 \
	FUNCTION(LZ4F_compressUpdate)                                                              \
	FUNCTION(LZ4F_createCompressionContext)                                                    \
	FUNCTION(LZ4F_createDecompressionContext)                                                  \
	FUNCTION(LZ4F_decompress)                                                                  \
	FUNCTION(LZ4F_freeCompressionContext)                                                      \
	FUNCTION(LZ4F_freeDecompressionContext)                                                    \
	FUNCTION(LZ4F_getErrorName)                                                                \
	FUNCTION(LZ4F_isError)                                                                     \
	FUNCTION(LZ4F_resetDecompressionContext)

LIBLZ4_FUNCTIONS(LIBRARY_DECLARE_FUNCTION)

/* As library_load(). */
int liblz4_load(struct pimg_error *error);

#endif
