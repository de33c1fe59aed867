/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares the checksums of records while their chunks are read one after another. */
#ifndef LIBIMG_IMAGE_CHUNK_CHECK_H
#define LIBIMG_IMAGE_CHUNK_CHECK_H

#include "format/checksum.h"
#include "image/image.h"

/* All zeros before the first chunk, except the image. */
struct chunk_check {
	struct pimg_image *image;
	struct checksum checksum;
	size_t queue, next; /* the next chunk of the record */
	uint64_t left;	    /* bytes of the record */
};

/*
 * Begins a chunk. A record is only compared if all of its chunks come, in order.
 * Returns -1 if the record cannot be read or has changed.
 */
int chunk_check_begin(struct chunk_check *check, size_t queue, size_t chunk,
		      struct pimg_error *error);
/* Adds bytes of the chunk, in order. */
void chunk_check_add(struct chunk_check *check, const void *data, size_t length);
/* Ends the chunk. Returns 1 if a record ends and its checksum matches, 0 if no record ends, or -1. */
int chunk_check_end(struct chunk_check *check, struct pimg_error *error);
void chunk_check_release(struct chunk_check *check);

/*
 * Reads the head of the record that begins with a chunk again. It must be the same as when it was indexed.
 * Pointers in entry are not valid afterwards.
 */
int chunk_reread_head(const struct pimg_image *image, size_t queue,
		      const struct indexed_chunk *chunk, struct entry *entry,
		      struct pimg_error *error);

#endif
