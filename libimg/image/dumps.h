/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dumps in an input: one in a directory of CRIU or in the export of a container; one or several below a
 * directory, in the archive of a pod, or in the layers of container images.
 */
#ifndef LIBIMG_IMAGE_DUMPS_H
#define LIBIMG_IMAGE_DUMPS_H

#include "format/oci.h"
#include "io/archive/folder.h"

struct dump {
	char *path;		 /* in the input: "web/checkpoint"; "" if it is the input itself */
	struct members *members; /* of its archive; null on a disk */
	char *directory;	 /* in the archive, with a slash at its end; on a disk its path */
	const struct oci_image *image; /* whose layers contain it, or null */
	size_t first_layer;	       /* of those that were read */
};

struct dumps {
	char *name; /* of the input, for messages */
	struct dump *all;
	size_t count, room;
	char *nested;	       /* an archive in it that was not searched, or null */
	struct folder *layout; /* of a container image, or null */
	struct oci oci;
};

/*
 * Adds a dump. Takes over path and directory, which may be null if memory is short; the members are shared.
 * @members: or null on a disk
 */
int dumps_add(struct dumps *dumps, struct members *members, char *path, char *directory,
	      struct pimg_error *error);
void dumps_release(struct dumps *dumps);

/*
 * Chooses a dump by its path.
 * @wanted: or null if there must be only one
 * @number: set to its number
 */
int dumps_choose(const struct dumps *dumps, const char *wanted, size_t *number,
		 struct pimg_error *error);

/* Opens a dump. The folder may outlive the dumps. */
struct folder *dumps_open(const struct dumps *dumps, size_t number, struct pimg_error *error);
/* What the engine says about the container, or null. To be freed with pimg_container_free(). */
struct pimg_container *dumps_container(const struct dumps *dumps, size_t number,
				       struct folder *folder);

#endif
