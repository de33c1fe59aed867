# SPDX-License-Identifier: GPL-2.0-or-later
# Everything is in the internal library, which the unit tests use; what users link shows only the
# symbols of libpipeimg.map.
noinst_LTLIBRARIES += libimg/libpipeimg-internal.la
libimg_libpipeimg_internal_la_SOURCES = \
	libimg/pipeimg.h \
	libimg/io/byte-order.h \
	libimg/io/check.c \
	libimg/io/check.h \
	libimg/checksum.c \
	libimg/checksum.h \
	libimg/io/cleanup.h \
	libimg/compress.c \
	libimg/container.c \
	libimg/container.h \
	libimg/convert.c \
	libimg/convert-archive.c \
	libimg/convert.h \
	libimg/convert-boundaries.c \
	libimg/convert-directory.c \
	libimg/convert-file.c \
	libimg/convert-pcapng.c \
	libimg/convert-records.c \
	libimg/cursor.c \
	libimg/cursor.h \
	libimg/cursor-compare.c \
	libimg/diff.c \
	libimg/export.c \
	libimg/export-image.c \
	libimg/export-image.h \
	libimg/flights.c \
	libimg/flights.h \
	libimg/framing.c \
	libimg/framing.h \
	libimg/framing-rules.def \
	libimg/grow.c \
	libimg/grow-around.c \
	libimg/holders.c \
	libimg/holders.h \
	libimg/io/hash.h \
	libimg/image.c \
	libimg/image.h \
	libimg/index.c \
	libimg/base64.c \
	libimg/base64.h \
	libimg/json.h \
	libimg/json-entry.c \
	libimg/json-entry.h \
	libimg/json-fields.c \
	libimg/json-fields.h \
	libimg/json-queues.c \
	libimg/json-queues.h \
	libimg/json-read.c \
	libimg/json-text.c \
	libimg/json-text.h \
	libimg/json-write.c \
	libimg/load.c \
	libimg/candidate.c \
	libimg/candidate.h \
	libimg/chunk-check.c \
	libimg/chunk-check.h \
	libimg/queue.c \
	libimg/queue.h \
	libimg/format/queue-table.c \
	libimg/format/queue-table.h \
	libimg/no-images.c \
	libimg/pcapng.c \
	libimg/pcapng.h \
	libimg/plural.h \
	libimg/propose.c \
	libimg/repair.c \
	libimg/repair.h \
	libimg/target.c \
	libimg/target.h \
	libimg/upgrade.c \
	libimg/verify.c \
	libimg/verify.h \
	libimg/verify-kept.c \
	libimg/verify-queues.c \
	libimg/verify-records.c \
	libimg/writer-sets.c \
	libimg/writer-sets.h \
	libimg/writer.c \
	libimg/format/decode.c \
	libimg/format/decode.h \
	libimg/format/directory.c \
	libimg/format/directory.h \
	libimg/format/foreign.c \
	libimg/format/foreign.h \
	libimg/format/directory-names.c \
	libimg/format/directory-names.h \
	libimg/format/directory-parts.c \
	libimg/format/directory-parts.h \
	libimg/format/directory-reader.c \
	libimg/format/directory-reader.h \
	libimg/format/kept.c \
	libimg/format/kept.h \
	libimg/format/open-files.c \
	libimg/format/open-files.h \
	libimg/format/layout.c \
	libimg/format/layout.h \
	libimg/format/magic.c \
	libimg/format/magic.h \
	libimg/format/origin.c \
	libimg/format/queue-places.c \
	libimg/format/queue-places.h \
	libimg/format/record.c \
	libimg/format/record.h \
	libimg/format/wire.c \
	libimg/format/wire.h \
	libimg/io/archive.c \
	libimg/io/archive.h \
	libimg/io/archive-writer.c \
	libimg/io/archive-writer.h \
	libimg/io/codec.c \
	libimg/io/codec.h \
	libimg/io/compression.h \
	libimg/io/compressor.c \
	libimg/io/compressor.h \
	libimg/io/compressor-filter.c \
	libimg/io/compressor-lz4.c \
	libimg/io/compressor-method.h \
	libimg/io/compressor-seekable.c \
	libimg/io/compressor-zstd.c \
	libimg/io/compressor-zstd.h \
	libimg/io/decompress.c \
	libimg/io/decompress.h \
	libimg/io/elf-note.h \
	libimg/io/error.c \
	libimg/io/error.h \
	libimg/io/folder.c \
	libimg/io/folder.h \
	libimg/io/interrupt.c \
	libimg/io/interrupt.h \
	libimg/io/libarchive.c \
	libimg/io/libarchive.h \
	libimg/io/names.c \
	libimg/io/names.h \
	libimg/io/nameless.c \
	libimg/io/nameless.h \
	libimg/io/new-directory.c \
	libimg/io/new-directory.h \
	libimg/io/seek-table.c \
	libimg/io/seek-table.h \
	libimg/io/seekable.c \
	libimg/io/seekable.h \
	libimg/io/sink.c \
	libimg/io/sink.h \
	libimg/io/source.c \
	libimg/io/source-at.c \
	libimg/io/source-file.c \
	libimg/io/source-file.h \
	libimg/io/source-part.c \
	libimg/io/source.h \
	libimg/io/spool.c \
	libimg/io/spool.h \
	libimg/io/tree.c \
	libimg/io/tree-archive.c \
	libimg/io/tree-archive.h \
	libimg/io/tree.h \
	libimg/live/calls.c \
	libimg/live/calls.h \
	libimg/live/capture.c \
	libimg/live/descriptor.c \
	libimg/live/find.c \
	libimg/live/freezer.c \
	libimg/live/freezer.h \
	libimg/live/halts.c \
	libimg/live/limits.c \
	libimg/live/limits.h \
	libimg/live/live.h \
	libimg/live/no-proc.c \
	libimg/live/no-proc.h \
	libimg/live/packet-mode.c \
	libimg/live/polls.c \
	libimg/live/private-pipe.c \
	libimg/live/private-pipe.h \
	libimg/live/process.c \
	libimg/live/procfs.c \
	libimg/live/procfs.h \
	libimg/live/refill.c \
	libimg/live/replace.c \
	libimg/live/snapshot.c \
	libimg/live/stop.c \
	libimg/live/stop-signal.c \
	libimg/live/stop-signal.h \
	libimg/live/waits.c
libimg_libpipeimg_internal_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_builddir)/proto -I$(top_builddir)
libimg_libpipeimg_internal_la_CFLAGS = $(AM_CFLAGS) $(PROTOBUF_C_CFLAGS) $(XXHASH_CFLAGS) \
	$(JSON_C_CFLAGS) $(ZSTD_CFLAGS) $(ARCHIVE_CFLAGS) $(ZLIB_CFLAGS) $(LZMA_CFLAGS) $(LZ4_CFLAGS)
libimg_libpipeimg_internal_la_LIBADD = proto/libproto.la $(PROTOBUF_C_LIBS) $(XXHASH_LIBS) \
	$(JSON_C_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS) $(LZMA_LIBS) $(LZ4_LIBS) $(BZIP2_LIBS)

lib_LTLIBRARIES += libimg/libpipeimg.la
libimg_libpipeimg_la_SOURCES =
libimg_libpipeimg_la_LIBADD = libimg/libpipeimg-internal.la
libimg_libpipeimg_la_LDFLAGS = $(AM_LDFLAGS) -version-info $(LIBPIPEIMG_VERSION_INFO) \
	-no-undefined -Wl,--version-script=$(top_srcdir)/libimg/libpipeimg.map
libimg_libpipeimg_la_DEPENDENCIES = libimg/libpipeimg-internal.la libimg/libpipeimg.map
EXTRA_DIST += libimg/live/README.md libimg/libpipeimg.map libimg/pipeimg.pc.in

include_HEADERS += libimg/pipeimg.h
pkgconfig_DATA = libimg/pipeimg.pc
