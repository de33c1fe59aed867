/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IO_SOURCE_BACKEND_H
#define LIBIMG_IO_SOURCE_BACKEND_H

#include <sys/types.h>

#include "pipeimg.h"

/* Supplies the bytes for a window. */
struct source_backend {
	/*
	 * Reads up to length bytes at offset; from a backend that cannot seek, always the next ones.
	 * Returns how many, 0 only at the end, or -1: the error names the source.
	 */
	ssize_t (*read)(void *self, uint64_t offset, void *buffer, size_t length,
			struct pimg_error *error);
	/* The current length, if the backend can seek; or -1. */
	int64_t (*length)(void *self, struct pimg_error *error);
	/* Optional: where data follows a hole that begins at offset, else offset. */
	uint64_t (*data_after)(void *self, uint64_t offset);
	/* Optional: bytes consumed from the layer below, if these are fewer than the bytes produced. */
	uint64_t (*consumed)(void *self);
	/* Optional: how many bytes the layer below has, or 0 if that is not known. */
	uint64_t (*length_below)(void *self);
	void (*close)(void *self);
};

#endif
