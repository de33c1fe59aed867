/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Converts an image file: the output is written, read back and compared. */
#ifndef LIBIMG_CONVERT_FILE_H
#define LIBIMG_CONVERT_FILE_H

#include "image/image.h"
#include "io/sink/sink.h"

/* Whether records are rewritten in another layout; datagrams have only one. */
bool convert_is_given_layout(const struct pimg_image *image,
			     const struct pimg_convert_options *options);

/*
 * Reads an image that was opened growing and without an index, as far as the conversion requires, and refuses
 * a damaged one. An image that is copied record by record is read, and refused if damaged, while it is copied.
 * @whole: the directory of the image, or null
 */
int convert_prepare(struct pimg_image *image, const struct pimg_convert_options *options,
		    const struct pimg_image *whole, struct pimg_error *error);

/*
 * Writes the only part of a prepared image into a sink, reads it back if possible, and compares. The caller
 * still owns the sink, to commit or abort it.
 * @boundaries: the image that boundaries come from, or null
 */
int convert_file(struct pimg_image *from, struct sink *to,
		 const struct pimg_convert_options *options, struct pimg_image *boundaries,
		 const struct pimg_progress *progress, struct pimg_error *error);

/*
 * Whether convert_file() would write the same again, in another layout. If so, the queues are reported as by it.
 * @like: the image itself, decompressed, at its start; stays the caller's
 * @has_frames: it is in the seekable zstd format, in which an index of queues is expected
 * Returns 1, 0, or -1.
 */
int convert_compare(struct pimg_image *from, struct source *like, bool has_frames,
		    const struct pimg_convert_options *options, struct pimg_image *boundaries,
		    const struct pimg_progress *progress, struct pimg_error *error);

#endif
