/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that pipeimg-criu-hook(1) writes to a CRIU directory: the exact queues, beside CRIU's own images.
 */
#ifndef LIBIMG_FORMAT_SAVED_H
#define LIBIMG_FORMAT_SAVED_H

#include "io/archive/folder.h"
#include "pipeimg.h"

/* File names. The inventory is a line of fixed length, followed by a copy of CRIU's inventory.img. */
#define SAVED_PIPES	      "pipeimg-pipes.img"
#define SAVED_FIFOS	      "pipeimg-fifos.img"
#define SAVED_INVENTORY	      "pipeimg-hook.inventory"
#define SAVED_INVENTORY_BYTES 64
#define SAVED_FAILED	      "pipeimg-hook.failed"
#define SAVED_LOG	      "pipeimg-hook.log"

enum saved_state {
	SAVED_NOTHING,
	SAVED_WHOLE,	    /* they belong to the dump, and are complete */
	SAVED_DUMP_FAILED,  /* the hook made the dump fail */
	SAVED_OF_OTHER,	    /* they belong to another dump */
	SAVED_DAMAGED,	    /* the inventory's line is invalid */
	SAVED_NO_INVENTORY, /* there are queues, but no inventory */
	SAVED_INCOMPLETE,   /* an image is missing */
	SAVED_GONE, /* there are no files of the hook, but CRIU's inventory lists its plugin */
};

struct saved {
	enum saved_state state;
	size_t counts[2]; /* of queues that there must be, by enum pimg_type */
	bool has[2];	  /* the image of that type exists */
};

struct saved saved_look(struct folder *folder);
/* The messages of the hook, or their first 16 KiB: a string that the caller frees, or null if there are none. */
char *saved_log(struct folder *folder);
/* The image of pipes or FIFOs. */
const char *saved_image(enum pimg_type type);

#endif
