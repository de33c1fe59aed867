// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/oci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "format/json-object.h"
#include "io/source/digest.h"

/*
 * Limits against crafted images. Real manifests have a few KiB; a parsed one can take 270 times the memory of its
 * text.
 */
#define DOCUMENT_MAX  (200U << 10)
#define DOCUMENTS_MAX 1024
#define IMAGES_MAX    256
#define LAYERS_MAX    128
#define DEPTH_MAX     4

#define CRIU_ARCHIVE	"application/vnd.containerd.container.criu.checkpoint.criu.tar"
#define CHECKPOINT_PART "application/vnd.containerd.container.checkpoint."

struct reading {
	struct oci *oci;
	struct folder *folder;
	bool is_flat; /* blobs are not in blobs/ALGORITHM/, but beside the manifest */
	size_t documents;
	char *seen[DOCUMENTS_MAX]; /* digests */
	struct pimg_error missing; /* the first document that is not there */
	bool misses;
};

/* ---- names ---- */

static bool is_hex(const char *text, size_t length)
{
	return (length == 64 || length == 128) && strspn(text, "0123456789abcdef") >= length;
}

unsigned oci_roles(const char *base)
{
	size_t length = strlen(base);

	if (!strcmp(base, "index.json") || !strcmp(base, "manifest.json"))
		return FOLDER_WANTED | FOLDER_LAYOUT;
	if (!strcmp(base, "layer.tar"))
		return FOLDER_WANTED;
	if (length > 4 && !strcmp(base + length - 4, ".tar"))
		length -= 4;
	else if (length > 5 && !strcmp(base + length - 5, ".json"))
		length -= 5;
	return is_hex(base, length) ? FOLDER_WANTED : 0;
}

bool oci_is_at(const struct folder *folder)
{
	return folder_has(folder, "index.json") || folder_has(folder, "manifest.json") ||
	       folder_has(folder, "blobs/sha256");
}

bool oci_is_surely_at(const struct folder *folder)
{
	return (folder_has(folder, "blobs/sha256") && folder_has(folder, "ingest")) ||
	       (folder_has(folder, "index.json") && folder_has(folder, "oci-layout")) ||
	       (folder_has(folder, "manifest.json") && folder_has(folder, "version"));
}

/* ---- damage ---- */

static void note_damage(struct reading *reading, const struct pimg_error *damage)
{
	if (reading->oci->damaged)
		return;
	reading->oci->damaged = true;
	reading->oci->damage = *damage;
}

PRINTF_LIKE(3, 4)
static void note(struct reading *reading, enum check check, const char *format, ...)
{
	struct pimg_error damage;
	va_list arguments;

	va_start(arguments, format);
	error_check_list(&damage, check, format, arguments);
	va_end(arguments);
	error_in_file(&damage, folder_name(reading->folder));
	note_damage(reading, &damage);
}

/* ---- documents ---- */

/* The path of a blob; to be freed. Null if the digest is not one. */
static char *path_of_blob(const struct reading *reading, const char *digest)
{
	enum digest_algorithm algorithm;
	const char *hex = digest ? digest_hex(digest, &algorithm) : NULL;
	char *path;

	if (!hex)
		return NULL;
	if (reading->is_flat)
		return strdup(hex);
	if (asprintf(&path, "blobs/%s/%s", digest_algorithm_name(algorithm), hex) < 0)
		return NULL;
	return path;
}

/* Compares a document with its digest. */
static int check_digest(struct reading *reading, struct source *source, const char *wanted,
			struct pimg_error *error)
{
	enum digest_algorithm algorithm;
	char found[DIGEST_TEXT_MAX];
	struct digest *digest;
	const uint8_t *data;
	ssize_t there;

	if (!digest_hex(wanted, &algorithm))
		return 0;
	there = source_peek(source, DOCUMENT_MAX + 1, &data, error);
	/* It is not read, and the caller says so. */
	if (there > (ssize_t)DOCUMENT_MAX)
		return 0;
	digest = there < 0 ? NULL : digest_start(algorithm, error);
	if (!digest)
		return -1;
	digest_add(digest, data, (size_t)there);
	digest_end(digest, found);
	if (strcmp(found, wanted) != 0)
		note(reading, CHECK_DIGEST, "the content of %s does not match its digest", wanted);
	return 0;
}

/* Returns 1 and sets document; 0 if it does not exist or is not JSON; or -1. */
static int read_document(struct reading *reading, const char *path, const char *digest,
			 struct json_object **document, struct pimg_error *error)
{
	struct pimg_error problem;
	struct source *source;
	int found = folder_find(reading->folder, path, &source, &problem);

	if (found < 0 && problem.status != PIMG_BAD_DATA)
		return error_copy(error, &problem);
	if (found < 0)
		note_damage(reading, &problem);
	if (found <= 0)
		return 0;
	if (digest)
		found = check_digest(reading, source, digest, error);
	*document = found < 0 ? NULL : json_object_of_source(source, DOCUMENT_MAX);
	source_close(source);
	return found < 0 ? -1 : *document != NULL;
}

/* ---- annotations ---- */

/* Adds what is not there yet. */
static void merge(struct json_object *to, struct json_object *from)
{
	if (!from)
		return;
	json_object_object_foreach(from, key, value)
	{
		if (!json_object_object_get_ex(to, key, NULL))
			json_object_object_add(to, key, json_object_get(value));
	}
}

/* The annotations of an object over those that it inherits. A new object, or null if memory is short. */
static struct json_object *annotations_of(struct json_object *object, struct json_object *inherited)
{
	struct json_object *all = json_object_new_object();

	if (!all)
		return NULL;
	merge(all, json_object_of_key(object, "annotations", json_type_object));
	merge(all, inherited);
	return all;
}

static const char *reference_of(struct json_object *annotations)
{
	const char *full = json_text_of_key(annotations, "io.containerd.image.name");

	return full ? full : json_text_of_key(annotations, "org.opencontainers.image.ref.name");
}

/* ---- images ---- */

/* Takes over the annotations. Returns 1 and sets image, 0 if there are too many, or -1. */
static int add_image(struct reading *reading, struct json_object *annotations,
		     const char *reference, struct oci_image **image, struct pimg_error *error)
{
	struct oci *oci = reading->oci;
	bool fits = oci->count < IMAGES_MAX;

	if (!fits)
		note(reading, CHECK_TOO_MANY, "names more than %d images", IMAGES_MAX);
	if (!fits || array_make_room(&oci->images, &oci->room, oci->count + 1, sizeof(*oci->images),
				     error) < 0) {
		json_object_put(annotations);
		return fits ? -1 : 0;
	}
	*image = &oci->images[oci->count++];
	**image = (struct oci_image){.annotations = annotations};
	if (!reference)
		return 1;
	(*image)->reference = strdup(reference);
	return (*image)->reference ? 1 : error_memory(error);
}

/* Takes over path and digest; digest may be null. */
static struct oci_layer *add_layer(struct oci_image *image, char *path, char *digest,
				   struct pimg_error *error)
{
	if (!path || array_make_room(&image->layers, &image->layer_room, image->layer_count + 1,
				     sizeof(*image->layers), error) < 0) {
		if (!path)
			error_memory(error);
		free(path);
		free(digest);
		return NULL;
	}
	image->layers[image->layer_count] = (struct oci_layer){.path = path, .digest = digest};
	return &image->layers[image->layer_count++];
}

static bool is_layer_type(const char *media_type)
{
	return media_type && (strstr(media_type, "tar") || strstr(media_type, "layer"));
}

static int add_described_layer(struct reading *reading, struct oci_image *image,
			       struct json_object *descriptor, struct pimg_error *error)
{
	const char *digest = json_text_of_key(descriptor, "digest");
	struct json_object *size = json_object_of_key(descriptor, "size", json_type_int);
	char *path = path_of_blob(reading, digest);
	struct oci_layer *layer;

	if (!path) {
		note(reading, CHECK_DIGEST, "%s is not the digest of a layer",
		     digest ? digest : "an empty text");
		return 0;
	}
	layer = add_layer(image, path, strdup(digest), error);
	if (!layer || !layer->digest)
		return layer ? error_memory(error) : -1;
	layer->is_needed = is_layer_type(json_text_of_key(descriptor, "mediaType"));
	if (size && json_object_get_int64(size) >= 0) {
		layer->size = (uint64_t)json_object_get_int64(size);
		layer->has_size = true;
	}
	return 0;
}

/* Docker's formats have no annotations, only labels. */
static int add_labels(struct reading *reading, struct json_object *annotations, const char *path,
		      const char *digest, struct pimg_error *error)
{
	struct json_object *config = NULL, *inner;
	int found = path ? read_document(reading, path, digest, &config, error) : 0;

	if (found <= 0)
		return found;
	inner = json_object_of_key(config, "config", json_type_object);
	merge(annotations, json_object_of_key(inner, "Labels", json_type_object));
	if (json_text_of_key(config, "created") &&
	    !json_text_of_key(annotations, "org.opencontainers.image.created"))
		json_object_object_add(annotations, "org.opencontainers.image.created",
				       json_object_new_string(json_text_of_key(config, "created")));
	json_object_put(config);
	return 0;
}

static bool are_same(const struct oci_image *a, const struct oci_image *b)
{
	if (a->layer_count != b->layer_count)
		return false;
	for (size_t i = 0; i < a->layer_count; i++) {
		if (strcmp(a->layers[i].path, b->layers[i].path) != 0)
			return false;
	}
	return true;
}

static void release(struct oci_image *image)
{
	for (size_t i = 0; i < image->layer_count; i++) {
		free(image->layers[i].path);
		free(image->layers[i].digest);
	}
	free(image->layers);
	free(image->reference);
	json_object_put(image->annotations);
}

/* One checkpoint with several names, or for several machines, is listed once. */
static void drop_duplicate(struct oci *oci)
{
	struct oci_image *last = &oci->images[oci->count - 1];

	for (size_t i = 0; i + 1 < oci->count; i++) {
		if (!are_same(&oci->images[i], last))
			continue;
		release(last);
		oci->count--;
		return;
	}
}

static bool are_too_many(struct reading *reading, struct json_object *layers)
{
	if (json_object_array_length(layers) <= LAYERS_MAX)
		return false;
	note(reading, CHECK_TOO_MANY, "names an image of more than %d layers", LAYERS_MAX);
	return true;
}

static int take_layers(struct reading *reading, struct oci_image *image, struct json_object *layers,
		       struct pimg_error *error)
{
	size_t count = json_object_array_length(layers);

	if (are_too_many(reading, layers))
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (add_described_layer(reading, image, json_object_array_get_idx(layers, i),
					error) < 0)
			return -1;
	}
	drop_duplicate(reading->oci);
	return 0;
}

static int take_manifest(struct reading *reading, struct json_object *manifest,
			 struct json_object *layers, struct json_object *inherited,
			 struct pimg_error *error)
{
	struct json_object *config = json_object_of_key(manifest, "config", json_type_object);
	const char *digest = json_text_of_key(config, "digest");
	_cleanup_free_ char *path = path_of_blob(reading, digest);
	struct json_object *annotations = annotations_of(manifest, inherited);
	struct oci_image *image;
	int result;

	if (!annotations)
		return error_memory(error);
	if (add_labels(reading, annotations, path, digest, error) < 0) {
		json_object_put(annotations);
		return -1;
	}
	result = add_image(reading, annotations, reference_of(annotations), &image, error);
	if (result <= 0)
		return result;
	return take_layers(reading, image, layers, error);
}

/* ---- documents that lead to others ---- */

static int take_document(struct reading *reading, struct json_object *document,
			 struct json_object *inherited, unsigned depth, struct pimg_error *error);

/* Whether it is new; also false if there are too many. */
static bool see(struct reading *reading, const char *digest)
{
	for (size_t i = 0; i < reading->documents; i++) {
		if (!strcmp(reading->seen[i], digest))
			return false;
	}
	if (reading->documents == DOCUMENTS_MAX) {
		note(reading, CHECK_TOO_MANY, "names more than %d manifests", DOCUMENTS_MAX);
		return false;
	}
	reading->seen[reading->documents] = strdup(digest);
	return reading->seen[reading->documents] && ++reading->documents;
}

static bool is_document(struct json_object *descriptor)
{
	const char *type = json_text_of_key(descriptor, "mediaType");

	return type && strlen(type) > 4 && !strcmp(type + strlen(type) - 4, "json");
}

/* An export for one machine lacks the manifests for others, but not all of them. */
static void note_missing(struct reading *reading, struct json_object *descriptor,
			 const char *digest)
{
	if (!json_object_of_key(descriptor, "platform", json_type_object))
		note(reading, CHECK_MISSING_BLOB, "has no blob %s", digest);
	if (reading->misses)
		return;
	reading->misses = true;
	error_check(&reading->missing, CHECK_MISSING_BLOB, "has no blob %s", digest);
	error_in_file(&reading->missing, folder_name(reading->folder));
}

static int follow(struct reading *reading, struct json_object *descriptor,
		  struct json_object *inherited, unsigned depth, struct pimg_error *error)
{
	const char *digest = json_text_of_key(descriptor, "digest");
	_cleanup_free_ char *path = path_of_blob(reading, digest);
	struct json_object *document = NULL, *annotations;
	int result;

	if (!path)
		note(reading, CHECK_DIGEST, "%s is not the digest of a manifest",
		     digest ? digest : "an empty text");
	if (!path || !see(reading, digest))
		return 0;
	result = read_document(reading, path, digest, &document, error);
	if (result == 0 && folder_has(reading->folder, path) && is_document(descriptor))
		note(reading, CHECK_JSON, "%s is not JSON, or has more than %u KiB", digest,
		     DOCUMENT_MAX >> 10);
	else if (result == 0 && !folder_has(reading->folder, path))
		note_missing(reading, descriptor, digest);
	if (result <= 0)
		return result;
	annotations = annotations_of(descriptor, inherited);
	result = annotations ? take_document(reading, document, annotations, depth + 1, error)
			     : error_memory(error);
	json_object_put(annotations);
	json_object_put(document);
	return result;
}

static bool has_type(struct json_object *descriptor, const char *wanted)
{
	const char *type = json_text_of_key(descriptor, "mediaType");

	return type && !strncmp(type, wanted, strlen(wanted));
}

static bool is_criu_archive(struct json_object *descriptor)
{
	return has_type(descriptor, CRIU_ARCHIVE);
}

/* What containerd writes beside CRIU's images. */
static bool is_checkpoint_part(struct json_object *descriptor)
{
	return has_type(descriptor, CHECKPOINT_PART);
}

static int take_criu_archive(struct reading *reading, struct json_object *descriptor,
			     struct json_object *inherited, struct pimg_error *error)
{
	struct json_object *annotations = annotations_of(descriptor, inherited);
	struct oci_image *image;
	int result;

	if (!annotations)
		return error_memory(error);
	result = add_image(reading, annotations, reference_of(annotations), &image, error);
	if (result <= 0)
		return result;
	return add_described_layer(reading, image, descriptor, error);
}

static int add_empty_checkpoint(struct reading *reading, struct json_object *annotations,
				struct pimg_error *error)
{
	struct oci_image *image;
	int result = add_image(reading, json_object_get(annotations), reference_of(annotations),
			       &image, error);

	if (result <= 0)
		return result;
	image->is_damaged = true;
	error_check(&image->damage, CHECK_MISSING_BLOB,
		    "is a checkpoint of containerd without its CRIU images; ctr 1.6 writes that "
		    "for the second checkpoint of a container");
	error_in_file(&image->damage, folder_name(reading->folder));
	return 0;
}

/* An index, or a manifest of a dump. */
static int take_index(struct reading *reading, struct json_object *index,
		      struct json_object *manifests, struct json_object *inherited, unsigned depth,
		      struct pimg_error *error)
{
	struct json_object *annotations = annotations_of(index, inherited);
	size_t count = json_object_array_length(manifests);
	bool lacks_criu = false, has_criu = false;
	int result = annotations ? 0 : error_memory(error);

	for (size_t i = 0; i < count && result == 0; i++) {
		struct json_object *descriptor = json_object_array_get_idx(manifests, i);

		if (is_criu_archive(descriptor))
			result = take_criu_archive(reading, descriptor, annotations, error);
		else if (depth < DEPTH_MAX)
			result = follow(reading, descriptor, annotations, depth, error);
		else if (depth == DEPTH_MAX)
			note(reading, CHECK_TOO_MANY, "nests indexes more than %d deep", DEPTH_MAX);
		lacks_criu |= is_checkpoint_part(descriptor);
		has_criu |= is_criu_archive(descriptor);
	}
	if (lacks_criu && !has_criu && result == 0)
		result = add_empty_checkpoint(reading, annotations, error);
	json_object_put(annotations);
	return result;
}

static int take_document(struct reading *reading, struct json_object *document,
			 struct json_object *inherited, unsigned depth, struct pimg_error *error)
{
	struct json_object *manifests = json_object_of_key(document, "manifests", json_type_array);
	struct json_object *layers = json_object_of_key(document, "layers", json_type_array);

	if (manifests)
		return take_index(reading, document, manifests, inherited, depth, error);
	if (json_object_of_key(document, "fsLayers", json_type_array))
		note(reading, CHECK_JSON,
		     "has a manifest in Docker's first format; copy the image with skopeo copy "
		     "--format oci");
	return layers ? take_manifest(reading, document, layers, inherited, error) : 0;
}

/* ---- docker-archive ---- */

/* A path from a file, which must stay in the directory. */
static bool is_below(const char *path)
{
	return *path != '/' && strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0 &&
	       !strstr(path, "/../");
}

static int take_docker_layers(struct reading *reading, struct oci_image *image,
			      struct json_object *layers, struct pimg_error *error)
{
	size_t count = json_object_array_length(layers);

	if (are_too_many(reading, layers))
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct json_object *layer = json_object_array_get_idx(layers, i);
		const char *path = json_object_is_type(layer, json_type_string)
					   ? json_object_get_string(layer)
					   : "/";
		struct oci_layer *added;

		if (!is_below(path)) {
			note(reading, CHECK_MISSING_BLOB, "%s is not the path of a layer", path);
			continue;
		}
		added = add_layer(image, strdup(path), NULL, error);
		if (!added)
			return -1;
		added->is_needed = true;
	}
	return 0;
}

static int take_docker_image(struct reading *reading, struct json_object *entry,
			     struct pimg_error *error)
{
	struct json_object *layers = json_object_of_key(entry, "Layers", json_type_array);
	struct json_object *tags = json_object_of_key(entry, "RepoTags", json_type_array);
	struct json_object *tag = tags ? json_object_array_get_idx(tags, 0) : NULL;
	const char *config = json_text_of_key(entry, "Config");
	struct json_object *annotations = layers ? json_object_new_object() : NULL;
	struct oci_image *image;
	int result;

	if (!layers)
		return 0;
	if (!annotations)
		return error_memory(error);
	if (config && is_below(config) &&
	    add_labels(reading, annotations, config, NULL, error) < 0) {
		json_object_put(annotations);
		return -1;
	}
	result = add_image(reading, annotations,
			   json_object_is_type(tag, json_type_string) ? json_object_get_string(tag)
								      : NULL,
			   &image, error);
	if (result <= 0)
		return result;
	return take_docker_layers(reading, image, layers, error);
}

static int take_docker_archive(struct reading *reading, struct json_object *entries,
			       struct pimg_error *error)
{
	size_t count = json_object_array_length(entries);
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = take_docker_image(reading, json_object_array_get_idx(entries, i), error);
	return result;
}

/* ---- layouts ---- */

static int read_layout(struct reading *reading, struct pimg_error *error)
{
	bool has_index = folder_has(reading->folder, "index.json");
	const char *name = has_index ? "index.json" : "manifest.json";
	struct json_object *document = NULL;
	int found = read_document(reading, name, NULL, &document, error);

	if (found == 0)
		note(reading, CHECK_JSON, "%s is not JSON, or has more than %u KiB", name,
		     DOCUMENT_MAX >> 10);
	if (found <= 0)
		return found;
	reading->is_flat = !has_index;
	found = json_object_is_type(document, json_type_array)
			? take_docker_archive(reading, document, error)
			: take_document(reading, document, NULL, 0, error);
	json_object_put(document);
	return found;
}

/* ---- containerd's content store ---- */

static bool is_of_checkpoint(struct json_object *manifest)
{
	static const char *const prefixes[] = {
		"io.podman.annotations.checkpoint.",
		"io.kubernetes.cri-o.annotations.checkpoint.",
		"org.criu.checkpoint.",
	};
	struct json_object *annotations =
		json_object_of_key(manifest, "annotations", json_type_object);

	if (!annotations)
		return false;
	json_object_object_foreach(annotations, key, value)
	{
		(void)value;
		for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
			if (!strncmp(key, prefixes[i], strlen(prefixes[i])))
				return true;
		}
	}
	return false;
}

/* The names are in a database elsewhere, so the digest is the reference. */
static int take_stored(struct reading *reading, struct json_object *document, const char *hex,
		       struct pimg_error *error)
{
	struct json_object *manifests = json_object_of_key(document, "manifests", json_type_array);
	struct json_object *layers = json_object_of_key(document, "layers", json_type_array);
	size_t before = reading->oci->count;
	int result = 0;

	if (manifests)
		result = take_index(reading, document, manifests, NULL, DEPTH_MAX + 1, error);
	else if (layers && is_of_checkpoint(document))
		result = take_manifest(reading, document, layers, NULL, error);
	for (size_t i = before; i < reading->oci->count && result == 0; i++) {
		struct oci_image *image = &reading->oci->images[i];

		free(image->reference);
		if (asprintf(&image->reference, "sha256:%.12s", hex) < 0) {
			image->reference = NULL;
			result = error_memory(error);
		}
	}
	return result;
}

/* Most of a store are layers, which can be large: only what begins like JSON is read. */
static int take_blob(void *context, const char *name, struct pimg_error *error)
{
	struct reading *reading = context;
	_cleanup_free_ char *path = NULL;
	struct json_object *document;
	struct source *source;
	const uint8_t *data;
	int result = 0;

	if (!is_hex(name, strlen(name)) || asprintf(&path, "blobs/sha256/%s", name) < 0 ||
	    folder_find(reading->folder, path, &source, NULL) <= 0)
		return 0;
	document = source_peek(source, 1, &data, NULL) > 0 && *data == '{' &&
				   source_length(source) <= DOCUMENT_MAX
			   ? json_object_of_source(source, DOCUMENT_MAX)
			   : NULL;
	if (document)
		result = take_stored(reading, document, name, error);
	json_object_put(document);
	source_close(source);
	return result;
}

static int by_reference(const void *a, const void *b)
{
	const char *first = ((const struct oci_image *)a)->reference;
	const char *second = ((const struct oci_image *)b)->reference;

	return strcmp(first ? first : "", second ? second : "");
}

static bool is_store(const struct folder *folder)
{
	return !folder_has(folder, "index.json") && !folder_has(folder, "manifest.json");
}

int oci_read(struct oci *oci, struct folder *folder, struct pimg_error *error)
{
	struct reading reading = {.oci = oci, .folder = folder};
	int result = is_store(folder)
			     ? folder_names(folder, "blobs/sha256", take_blob, &reading, error)
			     : read_layout(&reading, error);

	/* The order of a directory means nothing. */
	if (is_store(folder) && oci->count)
		qsort(oci->images, oci->count, sizeof(*oci->images), by_reference);
	for (size_t i = 0; i < reading.documents; i++)
		free(reading.seen[i]);
	/* An export for one machine lacks the manifests for others. */
	if (result == 0 && reading.misses && !oci->count)
		note_damage(&reading, &reading.missing);
	return result;
}

void oci_release(struct oci *oci)
{
	for (size_t i = 0; i < oci->count; i++)
		release(&oci->images[i]);
	free(oci->images);
	*oci = (struct oci){0};
}
