/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are not images of queues, but that people mistake for one: what each is, and what to do. */
#ifndef LIBIMG_FORMAT_FOREIGN_H
#define LIBIMG_FORMAT_FOREIGN_H

#include "io/source/source.h"

struct foreign {
	const char *what;   /* "a shell script" */
	const char *advice; /* what to do, as a whole clause */
};

/*
 * What the source is, by its next bytes, which it keeps.
 * Returns a row of the table, or null if none fits.
 */
const struct foreign *foreign_find(struct source *source);

/* True for a stream of criu-image-streamer, which holds a whole dump. */
bool foreign_is_stream(struct source *source);

/*
 * Whether JSON is another program's, by its first key, which is set then. JSON of an image has "magic",
 * "byte_order" or "entries" there.
 * @key: room for size bytes
 */
bool foreign_json_key(struct source *source, char *key, size_t size);

#endif
