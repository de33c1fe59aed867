/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checksums of records whose chunks are read one after another, compared while their bytes pass. */
#ifndef LIBIMG_IMAGE_CHUNK_CHECK_H
#define LIBIMG_IMAGE_CHUNK_CHECK_H

#include "format/checksum.h"
#include "image/image.h"

/* All zeros before the first chunk, but for the image. */
struct chunk_check {
	struct pimg_image *image;
	struct checksum checksum;
	size_t queue, next; /* the chunk with which the record goes on */
	uint64_t left;	    /* bytes of the record */
};

/*
 * A chunk begins. Of a record of which not every chunk comes, in their order, nothing is compared.
 * Returns -1 where the record cannot be read, or is another by now.
 */
int chunk_check_begin(struct chunk_check *check, size_t queue, size_t chunk,
		      struct pimg_error *error);
/* All of the chunk's bytes, in order. */
void chunk_check_add(struct chunk_check *check, const void *data, size_t length);
/* They came. Returns 1 if with them the checksum of a whole record is right, 0 if none ends, or -1. */
int chunk_check_end(struct chunk_check *check, struct pimg_error *error);
void chunk_check_release(struct chunk_check *check);

/*
 * Reads the head of the record that begins with a chunk again, which must still say what it said when it
 * was indexed. What entry points to is gone.
 */
int chunk_reread_head(const struct pimg_image *image, size_t queue,
		      const struct indexed_chunk *chunk, struct entry *entry,
		      struct pimg_error *error);

#endif
