/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a file is compressed, whatever its name. */
#ifndef LIBIMG_IO_COMPRESSION_COMPRESSION_H
#define LIBIMG_IO_COMPRESSION_COMPRESSION_H

#include "pipeimg.h"

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_ZSTD,	   /* one plain stream */
	COMPRESSION_ZSTD_SEEKABLE, /* independent frames, and a table of them at the end */
	COMPRESSION_GZIP,
	COMPRESSION_XZ,
	COMPRESSION_BZIP2,
	COMPRESSION_LZ4,
};

/* "gzip", for messages. */
const char *compression_name(enum compression method);

/* Receives compressed bytes, in order. Returns 0, or -1: the call that led here then fails with error. */
typedef int (*compressor_output_fn)(void *context, const void *data, size_t length,
				    struct pimg_error *error);

#endif
