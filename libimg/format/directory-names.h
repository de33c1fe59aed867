/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a CRIU directory are called. */
#ifndef LIBIMG_FORMAT_DIRECTORY_NAMES_H
#define LIBIMG_FORMAT_DIRECTORY_NAMES_H

#include "io/archive/folder.h"
#include "pipeimg.h"

/* By enum pimg_type: one image for each. */
#define QUEUE_TYPES 3
/* Names of the images of queues. */
extern const char *const directory_queue_images[QUEUE_TYPES];

/*
 * Two FIFOs of two file systems can have the same id: the second of each is in an image of its own, of
 * which it is the set: "fifo-data-2.img" is set 1. CRIU knows nothing of them.
 */
#define DIRECTORY_SETS_MAX 64
#define DIRECTORY_NAME_MAX 32
/* Writes the name of an image of pipes or FIFOs. Returns name. */
const char *directory_set_image(enum pimg_type type, unsigned set, char name[DIRECTORY_NAME_MAX]);

/* What is said of a directory that has none of them, and no inventory.img. */
#define IMAGE_DIRECTORY_EMPTY                                                                      \
	"contains no queue image (pipes-data.img, fifo-data.img or sk-queues.img), and is not a "  \
	"CRIU directory"

/*
 * What a name says of a file, enum folder_role. Marks are what a directory of queues has; traces are
 * names that only CRIU gives: core-1.img, pstree.img.
 */
unsigned directory_roles(const char *name);

#endif
