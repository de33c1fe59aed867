// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/oci-rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "format/json-object.h"

/* As in oci.c: limits against crafted images. */
#define DOCUMENT_MAX  (1U << 20)
#define DOCUMENTS_MAX 1024
#define DEPTH_MAX     8

#define BLOBS "blobs/"

/* ---- changes ---- */

int oci_rewrite_change(struct oci_rewrite *rewrite, const char *old, const char *new, uint64_t size,
		       struct pimg_error *error)
{
	struct oci_change *change;

	if (array_make_room(&rewrite->changes, &rewrite->change_room, rewrite->change_count + 1,
			    sizeof(*rewrite->changes), error) < 0)
		return -1;
	change = &rewrite->changes[rewrite->change_count++];
	snprintf(change->old, sizeof(change->old), "%s", old);
	snprintf(change->new, sizeof(change->new), "%s", new);
	change->size = size;
	return 0;
}

static const struct oci_change *find_change(const struct oci_rewrite *rewrite, const char *old)
{
	for (size_t i = 0; i < rewrite->change_count; i++) {
		if (!strcmp(rewrite->changes[i].old, old))
			return &rewrite->changes[i];
	}
	return NULL;
}

char *oci_path_of(const char *digest)
{
	enum digest_algorithm algorithm;
	const char *hex = digest_hex(digest, &algorithm);
	char *path;

	if (!hex || asprintf(&path, BLOBS "%s/%s", digest_algorithm_name(algorithm), hex) < 0)
		return NULL;
	return path;
}

/* ---- documents ---- */

static int rewrite_blob(struct oci_rewrite *rewrite, const char *digest, unsigned depth,
			struct pimg_error *error);

/* "blobs/sha256/…" in docker's manifest.json, which some layouts have too. Returns 1 if it changed. */
static int change_path(const struct oci_rewrite *rewrite, struct json_object *string)
{
	const char *text = json_object_get_string(string), *slash = strrchr(text, '/');
	_cleanup_free_ char *path = NULL;
	char digest[DIGEST_TEXT_MAX];
	const struct oci_change *change;
	int length = slash ? (int)(slash - text - (int)strlen(BLOBS)) : 0;

	if (strncmp(text, BLOBS, strlen(BLOBS)) != 0 || length <= 0)
		return 0;
	snprintf(digest, sizeof(digest), "%.*s:%s", length, text + strlen(BLOBS), slash + 1);
	change = find_change(rewrite, digest);
	path = change ? oci_path_of(change->new) : NULL;
	return path && json_object_set_string(string, path);
}

/* Returns 1 if it changed. */
static int change_string(const struct oci_rewrite *rewrite, struct json_object *string)
{
	const struct oci_change *change = find_change(rewrite, json_object_get_string(string));

	return change ? json_object_set_string(string, change->new) : change_path(rewrite, string);
}

static void drop_chunks(struct json_object *annotations)
{
	static const char *const names[] = {
		"io.github.containers.zstd-chunked.manifest-checksum",
		"io.github.containers.zstd-chunked.manifest-position",
		"io.github.containers.zstd-chunked.tarsplit-checksum",
		"io.github.containers.zstd-chunked.tarsplit-position",
	};

	for (size_t i = 0; annotations && i < sizeof(names) / sizeof(*names); i++)
		json_object_object_del(annotations, names[i]);
}

/* Returns 1 if it changed, 0 if not, or -1. */
static int change_descriptor(struct oci_rewrite *rewrite, struct json_object *object,
			     unsigned depth, struct pimg_error *error)
{
	const char *digest = json_text_of_key(object, "digest");
	const struct oci_change *change;
	struct json_object *size;

	if (!digest)
		return 0;
	if (rewrite_blob(rewrite, digest, depth + 1, error) < 0)
		return -1;
	change = find_change(rewrite, digest);
	if (!change)
		return 0;
	if (json_object_object_get_ex(object, "size", &size))
		json_object_set_int64(size, (int64_t)change->size);
	/* A copy of the old content, and the table of contents of an old layer. */
	json_object_object_del(object, "data");
	drop_chunks(json_object_of_key(object, "annotations", json_type_object));
	return 1;
}

/* Changes everything in a value. Returns 1 if something changed, 0 if not, or -1. */
static int visit(struct oci_rewrite *rewrite, struct json_object *value, unsigned depth,
		 struct pimg_error *error)
{
	int changed = 0, result = 0;

	if (json_object_is_type(value, json_type_string))
		return change_string(rewrite, value);
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value) && result >= 0; i++) {
			result = visit(rewrite, json_object_array_get_idx(value, i), depth, error);
			changed |= result > 0;
		}
	}
	if (json_object_is_type(value, json_type_object)) {
		result = change_descriptor(rewrite, value, depth, error);
		changed = result > 0;
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			if (result >= 0)
				result = visit(rewrite, member, depth, error);
			changed |= result > 0;
		}
	}
	return result < 0 ? -1 : changed;
}

static int add_document(struct oci_rewrite *rewrite, const char *path, const char *new_path,
			const char *text, struct pimg_error *error)
{
	struct oci_document document = {strdup(path), strdup(new_path), strdup(text)};

	if (!document.path || !document.new_path || !document.text) {
		error_memory(error);
	} else if (array_make_room(&rewrite->documents, &rewrite->room, rewrite->count + 1,
				   sizeof(*rewrite->documents), error) == 0) {
		rewrite->documents[rewrite->count++] = document;
		return 0;
	}
	free(document.path);
	free(document.new_path);
	free(document.text);
	return -1;
}

static const char *text_of(struct json_object *document)
{
	return json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* A changed document is another blob. @digest: its old one */
static int add_changed(struct oci_rewrite *rewrite, const char *path, const char *digest,
		       struct json_object *document, struct pimg_error *error)
{
	const char *text = text_of(document);
	_cleanup_free_ char *new_path = NULL;
	enum digest_algorithm algorithm;
	char new[DIGEST_TEXT_MAX];
	struct digest *state;

	if (!text || !digest_hex(digest, &algorithm))
		return error_memory(error);
	state = digest_start(algorithm, error);
	if (!state)
		return -1;
	digest_add(state, text, strlen(text));
	digest_end(state, new);
	new_path = oci_path_of(new);
	if (!new_path)
		return error_memory(error);
	if (add_document(rewrite, path, new_path, text, error) < 0)
		return -1;
	return oci_rewrite_change(rewrite, digest, new, strlen(text), error);
}

/* Layers are not JSON, and can be large. */
static struct json_object *read_document(struct oci_rewrite *rewrite, const char *path)
{
	struct json_object *document = NULL;
	struct source *source;
	const uint8_t *data;

	if (folder_find(rewrite->folder, path, &source, NULL) <= 0)
		return NULL;
	if (source_peek(source, 1, &data, NULL) > 0 && (*data == '{' || *data == '['))
		document = json_object_of_source(source, DOCUMENT_MAX);
	source_close(source);
	return document;
}

/* Whether it is new; -1 if memory is short. */
static int see(struct oci_rewrite *rewrite, const char *digest, struct pimg_error *error)
{
	for (size_t i = 0; i < rewrite->seen_count; i++) {
		if (!strcmp(rewrite->seen[i], digest))
			return 0;
	}
	if (rewrite->seen_count == DOCUMENTS_MAX)
		return 0;
	if (array_make_room(&rewrite->seen, &rewrite->seen_room, rewrite->seen_count + 1,
			    sizeof(*rewrite->seen), error) < 0)
		return -1;
	rewrite->seen[rewrite->seen_count] = strdup(digest);
	if (!rewrite->seen[rewrite->seen_count])
		return error_memory(error);
	rewrite->seen_count++;
	return 1;
}

static int rewrite_blob(struct oci_rewrite *rewrite, const char *digest, unsigned depth,
			struct pimg_error *error)
{
	_cleanup_free_ char *path = oci_path_of(digest);
	struct json_object *document;
	int result;

	if (!path || depth > DEPTH_MAX || find_change(rewrite, digest))
		return 0;
	result = see(rewrite, digest, error);
	document = result > 0 ? read_document(rewrite, path) : NULL;
	if (!document)
		return result < 0 ? -1 : 0;
	result = visit(rewrite, document, depth, error);
	if (result > 0)
		result = add_changed(rewrite, path, digest, document, error);
	json_object_put(document);
	return result;
}

static int rewrite_top(struct oci_rewrite *rewrite, const char *name, struct pimg_error *error)
{
	struct json_object *document = read_document(rewrite, name);
	int result = document ? visit(rewrite, document, 0, error) : 0;

	if (result > 0)
		result = add_document(rewrite, name, name, text_of(document), error);
	json_object_put(document);
	return result;
}

/* Docker's manifest.json comes last: it names blobs that index.json leads to. */
int oci_rewrite_documents(struct oci_rewrite *rewrite, struct pimg_error *error)
{
	if (rewrite_top(rewrite, "index.json", error) < 0)
		return -1;
	return rewrite_top(rewrite, "manifest.json", error);
}

void oci_rewrite_release(struct oci_rewrite *rewrite)
{
	for (size_t i = 0; i < rewrite->count; i++) {
		free(rewrite->documents[i].path);
		free(rewrite->documents[i].new_path);
		free(rewrite->documents[i].text);
	}
	for (size_t i = 0; i < rewrite->seen_count; i++)
		free(rewrite->seen[i]);
	free(rewrite->documents);
	free(rewrite->seen);
	free(rewrite->changes);
	*rewrite = (struct oci_rewrite){0};
}
