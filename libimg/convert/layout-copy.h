/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The copy of an OCI layout in a directory, in which some blobs are replaced. */
#ifndef LIBIMG_CONVERT_LAYOUT_COPY_H
#define LIBIMG_CONVERT_LAYOUT_COPY_H

#include "image/dumps.h"
#include "io/source/source.h"

/* A blob or a document, and the one in place of it. Paths are in the layout; index.json keeps its path. */
struct new_blob {
	char *path, *new_path;
	struct source *content;
};

struct layout_copy {
	const char *from, *to;
	const struct new_blob *blobs;
	size_t count;
	/* Checks what was written, before it gets its name. */
	int (*check)(void *context, struct dumps *dumps, struct pimg_error *error);
	void *context;
	const struct pimg_progress *progress;
};

int layout_copy(const struct layout_copy *copy, struct pimg_error *error);

#endif
