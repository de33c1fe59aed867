/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Digests as container images use them, such as "sha256:6c3c…": the OCI image specification defines them in
 * descriptor.md. libnettle computes them; it is loaded when the first one is needed.
 */
#ifndef LIBIMG_IO_SOURCE_DIGEST_H
#define LIBIMG_IO_SOURCE_DIGEST_H

#include "io/source/source.h"

enum digest_algorithm { DIGEST_SHA256, DIGEST_SHA512, DIGEST_ALGORITHMS };

/* Room for the longest digest as text. */
#define DIGEST_TEXT_MAX 160

/*
 * @text: a digest from a file
 * @algorithm: set to its algorithm, may be null
 * Returns the hexadecimal part of the text, or null if it is not a digest of a known algorithm.
 */
const char *digest_hex(const char *text, enum digest_algorithm *algorithm);
/* "sha256" */
const char *digest_algorithm_name(enum digest_algorithm algorithm);

struct digest;

/* Null if the library cannot be loaded. The caller ends it with digest_end(). */
struct digest *digest_start(enum digest_algorithm algorithm, struct pimg_error *error);
void digest_add(struct digest *digest, const void *data, size_t length);
/* Writes the digest as text, unless that is null, and frees it. Null is fine. */
void digest_end(struct digest *digest, char text[DIGEST_TEXT_MAX]);

/*
 * The digest of everything from the source's next byte to its end.
 * @progress: may be null
 * @length: set to how many bytes there were
 */
int digest_of_source(struct source *source, enum digest_algorithm algorithm,
		     const struct pimg_progress *progress, char text[DIGEST_TEXT_MAX],
		     uint64_t *length, struct pimg_error *error);

#endif
