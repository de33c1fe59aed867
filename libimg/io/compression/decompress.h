/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed files as sources of what they hold, told by their first bytes. zlib, liblzma and the
 * others are used directly: libarchive (3.6) passes over the checksums of gzip, and lets an xz file
 * of some kilobytes take a gigabyte of memory.
 */
#ifndef LIBIMG_IO_COMPRESSION_DECOMPRESS_H
#define LIBIMG_IO_COMPRESSION_DECOMPRESS_H

#include "io/compression/compression.h"
#include "io/source/source.h"

/* How the source is compressed, by its next bytes, which it keeps. */
enum compression compression_of(struct source *source);

/*
 * A source of what another, at its start, holds compressed. It takes the other over in either case.
 * It can be sought where the other can, and has a seek table that fits.
 */
struct source *source_decompress(struct source *compressed, struct pimg_error *error);

/* The same as often as need be, and not at all for what is not compressed. */
struct source *source_plain(struct source *source, struct pimg_error *error);

#endif
