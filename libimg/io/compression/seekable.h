/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zstd seekable format (contrib/seekable_format in the sources of zstd): independent frames, then
 * a skippable frame with a table of their sizes, so that reading can begin at any frame.
 *
 *	frames…
 *	u32 0x184D2A5E, u32 length of what follows
 *	a row a frame: u32 compressed size, u32 decompressed size, [u32 low half of XXH64]
 *	u32 number of frames, u8 descriptor (bit 7: rows have checksums), u32 0x8F92EAB1
 *
 * A skippable frame among them has a row too, of decompressed size 0.
 */
#ifndef LIBIMG_IO_COMPRESSION_SEEKABLE_H
#define LIBIMG_IO_COMPRESSION_SEEKABLE_H

#include "io/compression/seek-table.h"
#include "io/source/source.h"

/*
 * True if the source can seek, and ends with a valid table.
 * @problem: may be null; set if the table is wrong: then the table is not used, but the file can be read
 *	from its start
 */
bool seekable_has_table(struct source *compressed, struct pimg_error *problem);

/*
 * A source of the content of the frames, which can seek. Each frame that is read to its end is compared
 * with its row.
 * Takes over the compressed source on success.
 */
struct source *seekable_open(struct source *compressed, struct pimg_error *error);

/*
 * Reads the content of the last skippable frame with that magic number before the table.
 * @source: any; only what seekable_open() returned can have one
 * @most: bytes
 * Returns 1 and sets data, which the caller frees, 0 if there is none of at most that size, or -1.
 */
int seekable_skippable(struct source *source, uint32_t magic, size_t most, uint8_t **data,
		       size_t *length, struct pimg_error *error);

#endif
