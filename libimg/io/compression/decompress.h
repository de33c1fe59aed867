/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed files as sources of their decompressed content, detected by their first bytes. zlib, liblzma
 * and the others are used directly: libarchive (3.6) ignores the checksums of gzip, and lets an xz file of
 * a few kilobytes take a gigabyte of memory.
 */
#ifndef LIBIMG_IO_COMPRESSION_DECOMPRESS_H
#define LIBIMG_IO_COMPRESSION_DECOMPRESS_H

#include "io/compression/compression.h"
#include "io/source/source.h"

/* How the source is compressed, according to its next bytes, which are not consumed. */
enum compression compression_of(struct source *source);

/*
 * A source of the decompressed content of another source, which must be at its start and is taken over,
 * also on failure. It can seek if the other can, and has a valid seek table.
 */
struct source *source_decompress(struct source *compressed, struct pimg_error *error);

/* The same for each layer of compression; returns an uncompressed source as it is. */
struct source *source_plain(struct source *source, struct pimg_error *error);

#endif
