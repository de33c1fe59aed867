/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are not queue images, but that people mistake for them: what each is, and what to do. */
#ifndef LIBIMG_FORMAT_FOREIGN_H
#define LIBIMG_FORMAT_FOREIGN_H

#include "io/source/source.h"

struct foreign {
	const char *what;   /* "a shell script" */
	const char *advice; /* what to do, as a complete clause */
};

/*
 * Identifies the source by its next bytes, which are not consumed.
 * Returns a row of the table, or null if none matches.
 */
const struct foreign *foreign_find(struct source *source);

/* True for a criu-image-streamer stream, which contains a complete dump. */
bool foreign_is_stream(struct source *source);

/*
 * Whether JSON belongs to another program, according to its first key, to which key is then set. The first
 * key of an image's JSON is "magic", "byte_order" or "entries".
 * @key: room for size bytes
 */
bool foreign_json_key(struct source *source, char *key, size_t size);

#endif
