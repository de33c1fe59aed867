// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/dumps-in-layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/dumps-in-archive.h"
#include "io/archive/reader.h"
#include "io/compression/decompress.h"
#include "io/source/digest.h"

/* A limit against images that were crafted to exhaust their reader. */
#define NAMES_MAX (16U << 20)

struct layers {
	struct dumps *dumps;
	const struct oci_image *image;
	bool to_show;
	const struct pimg_progress *progress;
};

/* Returns 1 and sets source; 0 if the blob is missing, or is not an archive; or -1. */
static int open_layer(const struct layers *layers, size_t number, struct members *members,
		      struct source **source, struct pimg_error *error)
{
	const struct oci_layer *layer = &layers->image->layers[number];
	struct pimg_error problem;
	int found = folder_find(layers->dumps->layout, layer->path, source, &problem);
	bool is_missing = !found;

	if (found > 0) {
		*source = source_plain(*source, &problem);
		found = *source ? 1 : -1;
	}
	if (found > 0 && !archive_is_next(*source)) {
		source_close(*source);
		found = 0;
		error_check(&problem, CHECK_ARCHIVE, "layer %s is not an archive", layer->path);
	} else if (!found) {
		error_check(&problem, CHECK_MISSING_BLOB, "has no blob %s", layer->path);
	}
	if (found > 0)
		return 1;
	if (found < 0 && problem.status != PIMG_BAD_DATA)
		return error_copy(error, &problem);
	error_in_file(&problem, layers->dumps->name);
	if (found < 0 || is_missing || layer->is_needed)
		members_note_damage(members, &problem);
	return 0;
}

/* @is_only: no other layer can hide or replace what is in it */
static int add_layer(const struct layers *layers, size_t number, bool is_only,
		     struct members *members, struct pimg_error *error)
{
	struct source *source;
	int found = open_layer(layers, number, members, &source, error);

	if (found <= 0)
		return found;
	return members_add(members, source, is_only && layers->to_show ? &dumps_enough : NULL,
			   layers->progress, error);
}

static struct members *members_of(const struct layers *layers, struct pimg_error *error)
{
	return members_new(layers->dumps->name, dumps_roles, folder_members(layers->dumps->layout),
			   error);
}

/*
 * The images of checkpoints are made from nothing and have one layer, or their top layer is the export of
 * a container. What is below it does not matter then.
 */
static bool is_whole_export(const struct members *members)
{
	size_t length = strlen(FOLDER_OF_EXPORT "/");

	return members_find(members, "", 0, "config.dump") &&
	       members_find(members, FOLDER_OF_EXPORT "/", length, "inventory.img") &&
	       members_find(members, FOLDER_OF_EXPORT "/", length, "files.img");
}

/* Sets members; and first to the lowest layer in them. */
static int read_layers(const struct layers *layers, struct members **members, size_t *first,
		       struct pimg_error *error)
{
	size_t count = layers->image->layer_count;

	*first = count ? count - 1 : 0;
	*members = members_of(layers, error);
	if (!*members || (count && add_layer(layers, count - 1, true, *members, error) < 0))
		return -1;
	if (count < 2 || is_whole_export(*members))
		return 0;
	members_release(*members);
	*first = 0;
	*members = members_of(layers, error);
	if (!*members)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (add_layer(layers, i, false, *members, error) < 0)
			return -1;
	}
	return 0;
}

/* @bytes: adds the memory that its names take */
static int add_image(const struct layers *layers, size_t *bytes, struct pimg_error *error)
{
	struct dumps *dumps = layers->dumps;
	struct members *members = NULL;
	size_t before = dumps->count, first;
	int result = read_layers(layers, &members, &first, error);

	if (result == 0)
		result = dumps_add_all(dumps, members, error);
	if (result == 0 && layers->image->is_damaged)
		members_note_damage(members, &layers->image->damage);
	/* So that the damage is reported for this image, and not for others. */
	if (result == 0 && dumps->count == before && members_damage(members))
		result = dumps_add(dumps, members, strdup(""), strdup(""), error);
	*bytes += dumps->count > before ? members_name_bytes(members) : 0;
	members_release(members);
	for (size_t i = before; i < dumps->count; i++) {
		dumps->all[i].image = layers->image;
		dumps->all[i].first_layer = first;
	}
	return result;
}

/* Whether another image has the same reference. */
static bool is_shared(const struct oci *oci, size_t number)
{
	for (size_t i = 0; i < oci->count; i++) {
		if (i != number && oci->images[i].reference &&
		    !strcmp(oci->images[i].reference, oci->images[number].reference))
			return true;
	}
	return false;
}

/* "REFERENCE/"; null if memory is short. */
static char *prefix_of(const struct oci *oci, size_t number)
{
	const char *reference = oci->images[number].reference;
	char *prefix;
	int length = reference && *reference && !is_shared(oci, number)
			     ? asprintf(&prefix, "%s/", reference)
			     : asprintf(&prefix, "image-%zu/", number + 1);

	return length < 0 ? NULL : prefix;
}

static int add_prefix(struct dumps *dumps, struct dump *dump, struct pimg_error *error)
{
	char *prefix = prefix_of(&dumps->oci, (size_t)(dump->image - dumps->oci.images));
	char *path;

	if (!prefix || asprintf(&path, "%s%s", prefix, dump->path) < 0) {
		free(prefix);
		return error_memory(error);
	}
	/* Without a last slash if the dump is the whole image. */
	if (!*dump->path)
		path[strlen(path) - 1] = '\0';
	free(dump->path);
	dump->path = path;
	members_set_prefix(dump->members, prefix);
	return 0;
}

/* Dumps of several images are told apart by their references. */
static int tell_apart(struct dumps *dumps, struct pimg_error *error)
{
	bool several = false;

	for (size_t i = 1; i < dumps->count; i++)
		several |= dumps->all[i].image != dumps->all[0].image;
	for (size_t i = 0; several && i < dumps->count; i++) {
		if (add_prefix(dumps, &dumps->all[i], error) < 0)
			return -1;
	}
	return 0;
}

static int read_images(struct dumps *dumps, bool to_show, const struct pimg_progress *progress,
		       struct pimg_error *error)
{
	size_t bytes = 0;

	for (size_t i = 0; i < dumps->oci.count && bytes < NAMES_MAX; i++) {
		const struct layers layers = {
			.dumps = dumps,
			.image = &dumps->oci.images[i],
			.to_show = to_show,
			.progress = progress,
		};

		if (add_image(&layers, &bytes, error) < 0)
			return -1;
	}
	if (bytes >= NAMES_MAX && !dumps->oci.damaged) {
		dumps->oci.damaged = true;
		error_check(&dumps->oci.damage, CHECK_TOO_MANY,
			    "has more than %u MiB of names of images", NAMES_MAX >> 20);
		error_in_file(&dumps->oci.damage, dumps->name);
	}
	/* Damage of the layout concerns every dump in it. */
	for (size_t i = 0; i < dumps->count && dumps->oci.damaged; i++)
		members_note_damage(dumps->all[i].members, &dumps->oci.damage);
	return tell_apart(dumps, error);
}

int dumps_add_images(struct dumps *dumps, struct folder *layout, bool to_show,
		     const struct pimg_progress *progress, struct pimg_error *error)
{
	dumps->layout = layout;
	if (oci_read(&dumps->oci, layout, error) < 0)
		return -1;
	return read_images(dumps, to_show, progress, error);
}

/* ---- digests ---- */

static int check_layer(const struct dumps *dumps, const struct oci_layer *layer,
		       const struct pimg_progress *progress, struct pimg_error *defect)
{
	enum digest_algorithm algorithm;
	char digest[DIGEST_TEXT_MAX];
	struct source *source;
	uint64_t length;
	int result = folder_find(dumps->layout, layer->path, &source, defect);

	/* A missing layer is reported as damage of the image. */
	if (result <= 0 || !layer->digest || !digest_hex(layer->digest, &algorithm)) {
		if (result > 0)
			source_close(source);
		return result < 0 ? -1 : 0;
	}
	result = digest_of_source(source, algorithm, progress, digest, &length, defect);
	source_close(source);
	if (result == 0 && layer->has_size && length != layer->size)
		result = error_check(
			defect, CHECK_DIGEST, "layer %s has %llu bytes, but %llu in its manifest",
			layer->digest, (unsigned long long)length, (unsigned long long)layer->size);
	else if (result == 0 && strcmp(digest, layer->digest) != 0)
		result = error_check(defect, CHECK_DIGEST,
				     "the content of layer %s does not match its digest",
				     layer->digest);
	return result < 0 ? error_in_file(defect, dumps->name) : 0;
}

int dumps_check_layers(const struct dumps *dumps, size_t number,
		       const struct pimg_progress *progress,
		       int (*tell)(void *context, const struct pimg_error *defect,
				   struct pimg_error *error),
		       void *context, struct pimg_error *error)
{
	const struct dump *dump = &dumps->all[number];
	struct pimg_error defect;

	/* The dumps of an image follow each other, and share its layers. */
	if (number && dumps->all[number - 1].image == dump->image)
		return 0;
	for (size_t i = dump->first_layer; dump->image && i < dump->image->layer_count; i++) {
		if (check_layer(dumps, &dump->image->layers[i], progress, &defect) < 0 &&
		    tell(context, &defect, error) < 0)
			return -1;
	}
	return 0;
}
