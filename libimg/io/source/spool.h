/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes that came by once, kept in a nameless temporary file to be read again. There are no more than
 * 1 TiB, zeros included: more is an error.
 */
#ifndef LIBIMG_IO_SOURCE_SPOOL_H
#define LIBIMG_IO_SOURCE_SPOOL_H

#include <sys/types.h>

#include "pipeimg.h"

struct spool;

/* The file is made when the first bytes come. Returns null when memory is short. */
struct spool *spool_new(struct pimg_error *error);
void spool_free(struct spool *spool);

/*
 * Adds bytes at the end. Zeros take no room on the disk.
 * @taken: how much was read from the compressed file until now, UINT64_MAX where nothing is
 *	compressed: what grows beyond all measure is an error, not a full disk
 */
int spool_write(struct spool *spool, const void *data, size_t length, uint64_t taken,
		struct pimg_error *error);
/* Adds zeros at the end. */
int spool_add_hole(struct spool *spool, uint64_t length, struct pimg_error *error);
uint64_t spool_length(const struct spool *spool);
/* Reads up to length bytes at offset. Returns how many, 0 at the end, or -1. */
ssize_t spool_read(struct spool *spool, uint64_t offset, void *buffer, size_t length,
		   struct pimg_error *error);
/* Where data comes after a hole that begins at offset, else offset. */
uint64_t spool_data_after(const struct spool *spool, uint64_t offset);
/* Closes it, but for the descriptor of its file, which is returned, or -1. */
int spool_take_fd(struct spool *spool, struct pimg_error *error);

#endif
