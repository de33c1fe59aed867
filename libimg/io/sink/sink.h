/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sink for bytes: a file that gets its name only when it is complete, or a stream (standard output, a
 * device, a FIFO) that is written immediately.
 *
 * A file is written without a name (O_TMPFILE), so that ending at any moment, even by kill -9, leaves
 * nothing. If the file system does not support that, the file has a temporary name beside the target until
 * sink_commit() or sink_abort().
 */
#ifndef LIBIMG_IO_SINK_SINK_H
#define LIBIMG_IO_SINK_SINK_H

#include "io/compression/compression.h"
#include "io/source/source.h"
#include "pipeimg.h"

struct sink;

/* The message for a file that exists in place of a new one. */
#define SINK_TARGET_EXISTS "already exists; use --force to replace it"

/*
 * @path: the target, or "-"
 * @replace: a regular file of that name may be replaced; its mode and owner are kept
 */
struct sink *sink_open(const char *path, bool replace, struct pimg_error *error);
/* A new file in the directory dirfd; the descriptor stays the caller's. */
struct sink *sink_open_at(int dirfd, const char *name, const char *shown_name,
			  struct pimg_error *error);

/*
 * A temporary file that never gets a name; it can be read back.
 * @shown_name: for messages
 */
struct sink *sink_open_nameless(const char *shown_name, struct pimg_error *error);

/*
 * A name that nobody else uses, for a file that is not complete yet. Returns memory that the caller frees,
 * or null.
 */
char *sink_temporary_name(const char *prefix, const char *base);

/*
 * Compresses everything that is written from now on. To be called before anything is.
 * @level: of the method; 0 is its default
 */
int sink_compress(struct sink *sink, enum compression method, int level, struct pimg_error *error);

/* True if the compressor decompresses its output again and compares it. */
bool sink_is_proven(const struct sink *sink);

/* The file keeps the times of the file that it replaces. */
void sink_keep_times(struct sink *sink);

/*
 * Replaces the target only if it is still that file when the sink gets its name: the content was made from
 * that file, and a change in the meantime would be lost.
 */
void sink_replace_only(struct sink *sink, const struct file_identity *file);

/* A record begins with the next byte: compressed data may be cut into frames here. */
int sink_begin_record(struct sink *sink, struct pimg_error *error);
int sink_write(struct sink *sink, const void *data, size_t length, struct pimg_error *error);
/* How many bytes were written, before compression. */
uint64_t sink_offset(const struct sink *sink);
/* Writes bytes that are not content, which every zstd skips; does nothing if there are no frames. */
int sink_write_skippable(struct sink *sink, uint32_t magic, const void *data, size_t length,
			 struct pimg_error *error);
const char *sink_name(const struct sink *sink);

/*
 * A sink that writes nothing, but compares everything with a source. Writing fails at the first difference.
 * @like: the source, which stays the caller's
 * @proven: what sink_is_proven() returns
 */
struct sink *sink_open_comparing(struct source *like, bool proven, struct pimg_error *error);
/* Whether a difference was the reason for which writing failed. */
bool sink_differs(const struct sink *sink);
/* Whether everything was the same, and the source has ended. Returns 1, 0, or -1. */
int sink_is_same(struct sink *sink, struct pimg_error *error);

/*
 * Flushes to disk, and opens the written file for reading back; decompressed, if it is compressed.
 * @keep: a source that cannot seek is kept, so that it can be read again
 * @source: set to null if there is none
 * Returns 1, 0 for a stream, which cannot be read back, or -1.
 */
int sink_reread(struct sink *sink, struct source **source, bool keep, struct pimg_error *error);

/* The same for the file as it is stored: not decompressed, and not kept. */
int sink_reread_stored(struct sink *sink, struct source **source, struct pimg_error *error);

/*
 * Flushes to disk, reads the written file back and compares its checksum: for content that is not read back
 * as an image, or is copied from one unchanged. Unless the compressor is proven, the content is also
 * decompressed and compared. Does nothing for a stream.
 */
int sink_check(struct sink *sink, struct pimg_error *error);
/* The same; progress may be null, and is called with the progress of reading back. */
int sink_check_telling(struct sink *sink, const struct pimg_progress *progress,
		       struct pimg_error *error);

/*
 * To be called before sink_abort(): if part of the content was written to a stream, makes its end show that
 * it is not complete. Compressed data ends within a frame.
 * @between_records: the content so far is complete records; it is ended by the length of a record that does
 *	not follow
 */
void sink_spoil(struct sink *sink, bool between_records);

/* Gives the file its name. Frees the sink, also on failure. */
int sink_commit(struct sink *sink, struct pimg_error *error);
/* Leaves no file. Null is fine. */
void sink_abort(struct sink *sink);

#endif
