/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_CONTENT_H
#define LIBIMG_IMAGE_CONTENT_H

#include "image/dumps.h"
#include "io/archive/folder.h"
#include "io/compression/compression.h"
#include "io/source/source.h"

/* What a path leads to: a source or dumps. */
struct image_content {
	struct source *source;	   /* a file */
	struct dumps dumps;	   /* in a directory or an archive, if there is no source */
	struct file_identity file; /* of the path, unless it is a directory */
	struct source *input;	   /* below source, if it is not seekable */
	bool is_json;		   /* source is the image converted from it */
	/* Set with IMAGE_CONTENT_AGAIN. */
	enum compression compression;
};

/*
 * Opens a path by its content: compressed files are decompressed, the dumps in an archive are found, and JSON
 * is converted to an image in a temporary file. After a failure there is nothing to close.
 * @flags: IMAGE_CONTENT_*
 * @progress: may be null; called while an archive is read
 */
int image_content_open(struct image_content *content, const char *path, unsigned flags,
		       const struct pimg_progress *progress, struct pimg_error *error);
void image_content_close(struct image_content *content);

/* Keep input that is not seekable, so that it can be read again. */
#define IMAGE_CONTENT_KEEP (1U << 0)
/* Stop reading an archive that is not seekable as soon as the image is complete. */
#define IMAGE_CONTENT_ENOUGH (1U << 1)
/* Also call progress while waiting for input, until the content is closed. */
#define IMAGE_CONTENT_WAITS (1U << 2)
/* The caller reads the archive again: keep all of one from a pipe, decompressed. */
#define IMAGE_CONTENT_AGAIN (1U << 3)

#endif
