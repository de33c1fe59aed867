/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_OPEN_H
#define LIBIMG_IMAGE_OPEN_H

#include "image/content.h"
#include "image/image.h"
#include "pipeimg-private.h"

/* Flags of these functions only. The image is read once, in order: input that is not seekable is not kept. */
#define IMAGE_ONCE (1U << 24)
/* IMAGE_CONTENT_AGAIN */
#define IMAGE_AGAIN (1U << 25)

/* image_content_open() for an image. @options: flags may also be these */
int image_content_of(struct image_content *content, const char *path,
		     const struct pimg_open_options *options, struct pimg_error *error);
/* dumps_choose(), also for content that is a file. */
int image_content_choose(const struct image_content *content, const char *dump, size_t *number,
			 struct pimg_error *error);
/*
 * Opens a dump in it, or its file, which can be opened once. The image may outlive the content.
 * @number: of the dump
 */
struct pimg_image *image_of_content(struct image_content *content, size_t number,
				    const struct pimg_open_options *options,
				    struct pimg_error *error);
/* pimg_image_open() with checked options, whose flags may also be these. */
struct pimg_image *image_open_chosen(const char *path, const struct pimg_open_options *options,
				     struct pimg_error *error);
/*
 * The same without the choice of one queue.
 * @dump: the path of a dump in it, or null for the only one
 * @flags: PIMG_OPEN_* and these
 */
struct pimg_image *image_open(const char *path, const char *dump, unsigned flags,
			      const struct pimg_progress *progress, struct pimg_error *error);

/*
 * Opens the image in source, which may be compressed. Takes ownership of source in either case.
 * @flags: PIMG_OPEN_UNINDEXED: keep no index of chunks; PIMG_OPEN_GROWING: leave records to pimg_image_grow();
 * IMAGE_ONCE
 */
struct pimg_image *image_from_source(struct source *source, unsigned flags,
				     const struct pimg_progress *progress,
				     struct pimg_error *error);

/*
 * Finds the queues of one type and set in a directory. Compressed images are decompressed, except in CRIU's
 * directories, where CRIU could not restore them.
 * Returns 1 and sets source, 0 if there are none, or -1.
 */
int image_find_part(struct folder *folder, enum pimg_type type, unsigned set,
		    struct source **source, struct pimg_error *error);

/* The name of a part of a directory, except one that the hook saved. Returns name. */
const char *image_part_name(const struct part *part, char name[DIRECTORY_NAME_MAX]);
/* Opens a part of a directory as a separate image, of which no record is read yet. */
struct pimg_image *image_of_part(const struct pimg_image *whole, const struct part *part,
				 const struct pimg_progress *progress, struct pimg_error *error);

#endif
