/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a file is compressed, whatever its name. */
#ifndef LIBIMG_IO_COMPRESSION_COMPRESSION_H
#define LIBIMG_IO_COMPRESSION_COMPRESSION_H

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

#endif
