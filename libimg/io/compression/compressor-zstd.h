/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both ways to compress with zstd need. */
#ifndef LIBIMG_IO_COMPRESSION_COMPRESSOR_ZSTD_H
#define LIBIMG_IO_COMPRESSION_COMPRESSOR_ZSTD_H

#include <zstd.h>

#include "pipeimg.h"

/* Processors that this process may run on, but at most so many that memory stays bounded. */
#define ZSTD_WORKERS_MAX 8
int zstd_processors(void);

/*
 * A context whose frames carry a checksum.
 * @workers: threads of zstd that compress; none where libzstd was built without them
 */
ZSTD_CCtx *zstd_context(int level, int workers, struct pimg_error *error);

/* @result: what a function of zstd returned, for which ZSTD_isError() is true. Returns -1. */
int zstd_failed(size_t result, struct pimg_error *error);

#endif
