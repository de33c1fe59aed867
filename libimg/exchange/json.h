/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images of queues as JSON: what CRIU's `crit decode` prints and `crit encode` reads, record by
 * record. Our fields come with the names that they have in pipe-data.proto, where they are present,
 * those of 64 bits as decimal strings; fields that nobody knows as "unknown", their encoded bytes in
 * base64.
 */
#ifndef LIBIMG_EXCHANGE_JSON_H
#define LIBIMG_EXCHANGE_JSON_H

#include "io/sink/sink.h"
#include "io/source/source.h"

/* Writes all records of an image file with queues of that type, read again from its start. */
int json_write(struct sink *sink, struct source *source, enum pimg_type type,
	       const struct pimg_progress *progress, struct pimg_error *error);

/* True if the source begins as JSON does. */
bool json_is_next(struct source *source);

/*
 * Reads JSON from source and writes its image into sink. A record must fit into memory:
 * those of more than 16 MiB are refused. The text may have been edited by hand: missing checksums
 * of our records are computed, and nothing is guessed. Checksums that are there are not compared: that is left
 * to readers of the image.
 */
int json_read(struct source *source, struct sink *sink, struct pimg_error *error);

#endif
