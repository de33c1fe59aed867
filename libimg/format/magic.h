/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The magic numbers at the start of CRIU's image files. v1.1 images (CRIU 1.6, 2015, and later) begin with
 * a common one, then that of the type; v1.0 images have only that of the type. They are words in the byte
 * order of the machine that made the dump, as are the lengths of messages.
 */
#ifndef LIBIMG_FORMAT_MAGIC_H
#define LIBIMG_FORMAT_MAGIC_H

#include "io/sink/sink.h"
#include "io/source/source.h"
#include "pipeimg.h"

enum image_kind {
	IMAGE_PIPES_DATA,
	IMAGE_FIFO_DATA,
	IMAGE_SK_QUEUES,
	IMAGE_FILES,
	IMAGE_PIPES,
	IMAGE_FIFO,
	IMAGE_UNIXSK,
	IMAGE_REG_FILES,
	IMAGE_FDINFO,
	IMAGE_PSTREE,
	IMAGE_INVENTORY,
	IMAGE_IDS,
	IMAGE_CORE,
	IMAGE_MM,
	IMAGE_PAGEMAP,
	IMAGE_KINDS
};

#define IMAGE_COMMON_MAGIC 0x54564319U

/* The kind's name in CRIU: "PIPES_DATA". */
const char *image_kind_name(enum image_kind kind);
uint32_t image_kind_magic(enum image_kind kind);
/* Returns 0 and sets kind, or -1 if no known kind has that name. */
int image_kind_by_name(const char *name, enum image_kind *kind);
/* True for the kinds that contain queues; type is set then. */
bool image_kind_is_queues(enum image_kind kind, enum pimg_type *type);
enum image_kind image_kind_of_queues(enum pimg_type type);

/* Returns 0 and sets order, or -1 if no order has that name: see pimg_byte_order_name(). */
int byte_order_by_name(const char *name, enum pimg_byte_order *order);

/* Information in the magic numbers of an image. */
struct image_head {
	enum image_kind kind;
	bool format_10; /* the common magic is missing */
	enum pimg_byte_order byte_order;
};

/* Reads the magic numbers. */
int magic_read(struct source *source, struct image_head *head, struct pimg_error *error);
/* True if the next bytes are the magic numbers of a queue image. They are not consumed. */
bool magic_is_of_queues(struct source *source);
int magic_write(struct sink *sink, const struct image_head *head, struct pimg_error *error);

#endif
