/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Container images, as they are stored and exported:
 *
 *	OCI layout	index.json, which leads to manifests in blobs/ (image-spec: image-layout.md)
 *	docker-archive	manifest.json, an array with the layers of each image
 *	skopeo dir:	manifest.json, and the blobs beside it
 *	containerd	an OCI layout, or its content store, blobs/ without an index. The index of a checkpoint
 *			lists its parts, of which one is an archive of CRIU's images
 *
 * Media types are often wrong, so documents are recognised by their content.
 */
#ifndef LIBIMG_FORMAT_OCI_H
#define LIBIMG_FORMAT_OCI_H

#include <json-c/json.h>

#include "io/archive/folder.h"

/* An archive of files, which may be compressed. */
struct oci_layer {
	char *path;   /* of the blob, in the image's directory */
	char *digest; /* or null if it is not known */
	uint64_t size;
	bool has_size;
	bool is_needed; /* it is a layer or a dump according to its media type */
};

struct oci_image {
	char *reference; /* such as "localhost/web:latest", or null */
	/* Of the index and of the manifest, and the labels in its configuration. */
	struct json_object *annotations;
	struct oci_layer *layers; /* the lowest first */
	size_t layer_count, layer_room;
	bool is_damaged; /* it is known to be a checkpoint, and has no layer with one */
	struct pimg_error damage;
};

struct oci {
	struct oci_image *images;
	size_t count, room;
	bool damaged;		  /* what leads to the images */
	struct pimg_error damage; /* the first */
};

/* The role of a file by its name: FOLDER_LAYOUT, FOLDER_WANTED or none. */
unsigned oci_roles(const char *base);
/* Whether the folder may be a container image: other programs have files of these names too. */
bool oci_is_at(const struct folder *folder);
/* Whether it is one, and nothing else is to be found in it. */
bool oci_is_surely_at(const struct folder *folder);

/*
 * Finds the images.
 * @folder: the directory of the layout
 * @oci: all zeros; the caller releases it, also on failure
 * Returns 0, also for damaged images; or -1.
 */
int oci_read(struct oci *oci, struct folder *folder, struct pimg_error *error);
void oci_release(struct oci *oci);

#endif
