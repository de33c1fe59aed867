// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/compression.h"

const char *compression_name(enum compression method)
{
	static const char *const names[] = {
		[COMPRESSION_NONE] = "no compression",
		[COMPRESSION_ZSTD] = "zstd",
		[COMPRESSION_ZSTD_SEEKABLE] = "seekable zstd",
		[COMPRESSION_GZIP] = "gzip",
		[COMPRESSION_XZ] = "xz",
		[COMPRESSION_BZIP2] = "bzip2",
		[COMPRESSION_LZ4] = "lz4",
	};

	return names[method];
}
