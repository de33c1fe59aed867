/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions for both ways to compress with zstd. */
#ifndef LIBIMG_IO_COMPRESSION_COMPRESSOR_ZSTD_H
#define LIBIMG_IO_COMPRESSION_COMPRESSOR_ZSTD_H

#include <zstd.h>

#include "pipeimg.h"

/* Processors that this process may run on, limited to bound the memory. */
#define ZSTD_WORKERS_MAX 8
int zstd_processors(void);

/*
 * A context whose frames have a checksum.
 * @workers: threads of zstd that compress; none if libzstd was built without them
 */
ZSTD_CCtx *zstd_context(int level, int workers, struct pimg_error *error);

/* @result: return value of a zstd function for which ZSTD_isError() is true. Returns -1. */
int zstd_failed(size_t result, struct pimg_error *error);

#endif
