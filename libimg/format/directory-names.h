/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the files in a CRIU directory. */
#ifndef LIBIMG_FORMAT_DIRECTORY_NAMES_H
#define LIBIMG_FORMAT_DIRECTORY_NAMES_H

#include "io/archive/folder.h"
#include "pipeimg.h"

/* By enum pimg_type: one image for each. */
#define QUEUE_TYPES 3
/* Names of the queue images. */
extern const char *const directory_queue_images[QUEUE_TYPES];

/*
 * Two FIFOs on different file systems can have the same id: the second one is in a separate image, whose
 * number is the set: "fifo-data-2.img" is set 1. CRIU does not know these images.
 */
#define DIRECTORY_SETS_MAX 64
#define DIRECTORY_NAME_MAX 32
/* Writes the name of an image of pipes or FIFOs. Returns name. */
const char *directory_set_image(enum pimg_type type, unsigned set, char name[DIRECTORY_NAME_MAX]);

/* The message for a directory that has no queue image and no inventory.img. */
#define IMAGE_DIRECTORY_EMPTY                                                                      \
	"contains no queue image (pipes-data.img, fifo-data.img or sk-queues.img), and is not a "  \
	"CRIU directory"

/*
 * The roles of a file by its name, enum folder_role. Marks are the files of a directory with queues; traces
 * are names that only CRIU uses: core-1.img, pstree.img.
 */
unsigned directory_roles(const char *name);

#endif
