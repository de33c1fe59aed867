/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing the table at the end of a file in the zstd seekable format
 * (contrib/seekable_format/zstd_seekable_compression_format.md of zstd): a skippable frame with one row for
 * each frame before it, and a footer.
 */
#ifndef LIBIMG_IO_COMPRESSION_SEEK_TABLE_H
#define LIBIMG_IO_COMPRESSION_SEEK_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "pipeimg.h"

#define SKIPPABLE_MAGIC		  0x184D2A50u /* and the next fifteen */
#define SKIPPABLE_HEADER_BYTES	  8
#define SEEK_TABLE_MAGIC	  0x184D2A5Eu
#define SEEK_TABLE_FOOTER_MAGIC	  0x8F92EAB1u
#define SEEK_TABLE_FOOTER_BYTES	  9
#define SEEK_TABLE_ROW_BYTES	  12
#define SEEK_TABLE_WITH_CHECKSUMS 0x80
#define SEEK_TABLE_FRAMES_MAX	  0x8000000u /* the limit of libzstd_seekable */

struct seek_table {
	uint8_t *bytes; /* as they will be in the file, starting with the header */
	size_t length, capacity;
	uint32_t frames;
};

/* @checksum: low half of the XXH64 of the frame's content */
int seek_table_add(struct seek_table *table, uint32_t compressed_bytes, uint32_t content_bytes,
		   uint32_t checksum, struct pimg_error *error);
/* Completes table->bytes: they are the last bytes of the file. */
int seek_table_finish(struct seek_table *table, struct pimg_error *error);
void seek_table_free(struct seek_table *table);

/* The first 8 bytes of a skippable frame. */
void skippable_header(uint8_t *header, uint32_t magic, uint32_t content_bytes);

#endif
