/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IO_SOURCE_BACKEND_H
#define LIBIMG_IO_SOURCE_BACKEND_H

#include <sys/types.h>

#include "pipeimg.h"

/* Where the bytes below a window come from. */
struct source_backend {
	/*
	 * Reads up to length bytes at offset; what cannot be sought is always asked for the next ones.
	 * Returns how many, 0 only at the end, or -1: the error names the source.
	 */
	ssize_t (*read)(void *self, uint64_t offset, void *buffer, size_t length,
			struct pimg_error *error);
	/* The length that it has now, where it can be sought; or -1. */
	int64_t (*length)(void *self, struct pimg_error *error);
	/* Optional: where data comes after a hole that begins at offset, else offset. */
	uint64_t (*data_after)(void *self, uint64_t offset);
	/* Optional: bytes that were taken from below, where that are fewer than it gives. */
	uint64_t (*consumed)(void *self);
	/* Optional: how many there are below, or 0 where that is not known. */
	uint64_t (*length_below)(void *self);
	void (*close)(void *self);
};

#endif
