/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The magic numbers that open CRIU's image files. v1.1 images (CRIU 1.6, 2015, and later) have a
 * common one before the type's; v1.0 images have the type's alone.
 */
#ifndef LIBIMG_FORMAT_MAGIC_H
#define LIBIMG_FORMAT_MAGIC_H

#include "io/sink.h"
#include "io/source.h"
#include "pipeimg.h"

enum image_kind {
	IMAGE_PIPES_DATA,
	IMAGE_FIFO_DATA,
	IMAGE_SK_QUEUES,
	IMAGE_FILES,
	IMAGE_PIPES,
	IMAGE_FIFO,
	IMAGE_FDINFO,
	IMAGE_PSTREE,
	IMAGE_INVENTORY,
	IMAGE_IDS,
	IMAGE_CORE,
	IMAGE_KINDS
};

#define IMAGE_COMMON_MAGIC 0x54564319U

/* The kind's name in CRIU: "PIPES_DATA". */
const char *image_kind_name(enum image_kind kind);
/* Returns 0 and sets kind, or -1 where no kind that is known here has that name. */
int image_kind_by_name(const char *name, enum image_kind *kind);
/* True for the kinds that hold queues; type is set then. */
bool image_kind_is_queues(enum image_kind kind, enum pimg_type *type);
enum image_kind image_kind_of_queues(enum pimg_type type);

/*
 * Reads and passes the magic numbers.
 * @version_10: set to whether the common magic is missing
 */
int magic_read(struct source *source, enum image_kind *kind, bool *version_10,
	       struct pimg_error *error);
/* True if the next bytes are the magic numbers of an image of queues. They stay. */
bool magic_is_of_queues(struct source *source);
int magic_write(struct sink *sink, enum image_kind kind, bool version_10, struct pimg_error *error);

/* Little-endian words, as all of CRIU's images have them. */
static inline uint32_t load_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static inline void store_u32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
	at[2] = (uint8_t)(value >> 16);
	at[3] = (uint8_t)(value >> 24);
}

#endif
