/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sink for bytes: a file that gets its name only when it is complete, or a stream (standard
 * output, a device, a FIFO) that is written as it comes.
 *
 * A file is written without a name (O_TMPFILE), so that an end at any moment, kill -9 included,
 * leaves nothing. Where the file system cannot do that, it has a temporary name beside the target
 * until sink_commit() or sink_abort().
 */
#ifndef LIBIMG_IO_SINK_SINK_H
#define LIBIMG_IO_SINK_SINK_H

#include "io/compression/compression.h"
#include "io/source/source.h"
#include "pipeimg.h"

struct sink;

/* What is said of a file that stands where a new one is to be. */
#define SINK_TARGET_EXISTS "already exists; use --force to replace it"

/*
 * @path: the target, or "-"
 * @replace: a regular file of that name may be replaced; its mode and owner are kept
 */
struct sink *sink_open(const char *path, bool replace, struct pimg_error *error);
/* A new file in the directory behind dirfd; its descriptor stays the caller's. */
struct sink *sink_open_at(int dirfd, const char *name, const char *shown_name,
			  struct pimg_error *error);

/*
 * A temporary file that never gets a name; it can be read back.
 * @shown_name: for messages
 */
struct sink *sink_open_nameless(const char *shown_name, struct pimg_error *error);

/*
 * A name that nobody else takes, for what is not complete yet. Returns memory that the caller frees,
 * or null.
 */
char *sink_temporary_name(const char *prefix, const char *base);

/*
 * From now on what is written is compressed. To be called before anything is.
 * @level: of the method; 0 is its default
 */
int sink_compress(struct sink *sink, enum compression method, int level, struct pimg_error *error);

/* True if the compressor decompresses again what it makes, and compares it. */
bool sink_is_proven(const struct sink *sink);

/* A file that is replaced passes its times on; a new one has its own. */
void sink_keep_times(struct sink *sink);

/*
 * The target is replaced only if it is still that file when the sink gets its name: what is written
 * was made of it, and a change meanwhile would be lost.
 */
void sink_replace_only(struct sink *sink, const struct file_identity *file);

/* A record begins with the next byte: what is compressed may be cut into frames here. */
int sink_begin_record(struct sink *sink, struct pimg_error *error);
int sink_write(struct sink *sink, const void *data, size_t length, struct pimg_error *error);
/* How many bytes were written, before they are compressed. */
uint64_t sink_offset(const struct sink *sink);
/* Bytes beside the content, which every zstd passes over; where there are no frames, nothing. */
int sink_write_skippable(struct sink *sink, uint32_t magic, const void *data, size_t length,
			 struct pimg_error *error);
const char *sink_name(const struct sink *sink);

/*
 * Flushes to disk, and opens what was written for reading back; decompressed, if it is compressed.
 * @keep: what cannot be sought is kept, to be gone back in
 * @source: set to null if there is none
 * Returns 1, 0 for a stream, which cannot be read back, or -1.
 */
int sink_reread(struct sink *sink, struct source **source, bool keep, struct pimg_error *error);

/*
 * Flushes to disk, reads back what was written and compares it by its checksum: for what is not read
 * back as an image, or goes in as it came out of one. Unless the compressor is proven, it is
 * decompressed and compared too. Nothing is done for a stream.
 */
int sink_check(struct sink *sink, struct pimg_error *error);
/* The same; progress may be null, and is called with what was read back of how much. */
int sink_check_telling(struct sink *sink, const struct pimg_progress *progress,
		       struct pimg_error *error);

/*
 * Before sink_abort(): where some of it went out on a stream, its end shows that it is not whole. What is
 * compressed ends within a frame.
 * @between_records: what was written is whole records, which is ended by the length of one that is not there
 */
void sink_spoil(struct sink *sink, bool between_records);

/* Gives the file its name. The sink is freed in either case. */
int sink_commit(struct sink *sink, struct pimg_error *error);
/* Leaves nothing behind. Null is fine. */
void sink_abort(struct sink *sink);

#endif
