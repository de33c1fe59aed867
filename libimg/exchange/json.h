/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queue images as JSON, as CRIU's `crit decode` prints and `crit encode` reads it, record by record. Our fields
 * have their names of pipe-data.proto and are omitted if absent; those of 64 bits are decimal strings. Unknown
 * fields are in "unknown", as base64 of their encoding.
 */
#ifndef LIBIMG_EXCHANGE_JSON_H
#define LIBIMG_EXCHANGE_JSON_H

#include "io/sink/sink.h"
#include "io/source/source.h"

/* Writes all records of an image file with queues of this type, which it reads again from its start. */
int json_write(struct sink *sink, struct source *source, enum pimg_type type,
	       const struct pimg_progress *progress, struct pimg_error *error);

/* True if the source begins like JSON. */
bool json_is_next(struct source *source);

/*
 * Reads JSON from source and writes its image into sink. A record must fit into memory; records of more than
 * 16 MiB are refused. The text may have been edited by hand: missing checksums of our records are computed, and
 * nothing is guessed. Existing checksums are not compared here, but by readers of the image.
 */
int json_read(struct source *source, struct sink *sink, struct pimg_error *error);

#endif
