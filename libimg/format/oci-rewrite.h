/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The documents of an OCI layout after some of its blobs were replaced: descriptors get the new digests and sizes, and
 * a changed document is itself a new blob, up to index.json. Everything else in them is kept.
 */
#ifndef LIBIMG_FORMAT_OCI_REWRITE_H
#define LIBIMG_FORMAT_OCI_REWRITE_H

#include "io/archive/folder.h"
#include "io/source/digest.h"

/* A blob with another content, or the digest of a layer's decompressed content, which a configuration lists. */
struct oci_change {
	char old[DIGEST_TEXT_MAX], new[DIGEST_TEXT_MAX];
	uint64_t size; /* of the new blob */
};

/* A changed document. */
struct oci_document {
	char *path;	/* in the layout */
	char *new_path; /* the same for index.json */
	char *text;
};

struct oci_rewrite {
	struct folder *folder; /* of the layout */
	struct oci_change *changes;
	size_t change_count, change_room;
	struct oci_document *documents;
	size_t count, room;
	char **seen; /* digests of the documents that were visited */
	size_t seen_count, seen_room;
};

int oci_rewrite_change(struct oci_rewrite *rewrite, const char *old, const char *new, uint64_t size,
		       struct pimg_error *error);
/* "blobs/sha256/…"; to be freed. Null if the digest is not one, or memory is short. */
char *oci_path_of(const char *digest);
/*
 * Finds the changed documents after all other changes were noted.
 * @rewrite: all zeros except folder and the changes; the caller releases it, also on failure
 */
int oci_rewrite_documents(struct oci_rewrite *rewrite, struct pimg_error *error);
void oci_rewrite_release(struct oci_rewrite *rewrite);

#endif
