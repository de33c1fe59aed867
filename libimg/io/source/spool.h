/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes that can be read only once, kept in a nameless temporary file to be read again. The limit is 1 TiB,
 * zeros included; more is an error.
 */
#ifndef LIBIMG_IO_SOURCE_SPOOL_H
#define LIBIMG_IO_SOURCE_SPOOL_H

#include <sys/types.h>

#include "pipeimg.h"

struct spool;

/* The file is created when the first bytes arrive. Returns null if memory is short. */
struct spool *spool_new(struct pimg_error *error);
void spool_free(struct spool *spool);

/*
 * Adds bytes at the end. Zeros take no room on the disk.
 * @taken: how much was read from the compressed file so far, UINT64_MAX if nothing is compressed: extreme
 *	growth becomes an error instead of a full disk
 */
int spool_write(struct spool *spool, const void *data, size_t length, uint64_t taken,
		struct pimg_error *error);
/* Adds zeros at the end. */
int spool_add_hole(struct spool *spool, uint64_t length, struct pimg_error *error);
uint64_t spool_length(const struct spool *spool);
/* Reads up to length bytes at offset. Returns how many, 0 at the end, or -1. */
ssize_t spool_read(struct spool *spool, uint64_t offset, void *buffer, size_t length,
		   struct pimg_error *error);
/* Where data follows a hole that begins at offset, else offset. */
uint64_t spool_data_after(const struct spool *spool, uint64_t offset);
/* Closes the spool, except the descriptor of its file, which is returned; or -1. */
int spool_take_fd(struct spool *spool, struct pimg_error *error);

#endif
