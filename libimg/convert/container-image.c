// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/container-image.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "convert/layout-copy.h"
#include "convert/target.h"
#include "format/directory-names.h"
#include "format/oci-rewrite.h"
#include "image/dumps-in-layers.h"
#include "image/find-dumps.h"
#include "image/open.h"
#include "io/archive/rewrite.h"
#include "io/compression/decompress.h"
#include "io/source/open.h"
#include "io/source/same.h"
#include "pipeimg-private.h"

struct work {
	const struct container_image *convert;
	struct image_content content;
	struct oci_rewrite rewrite;
	struct new_blob *blobs;
	size_t count, room;
};

bool convert_is_container_image(const struct pimg_image *whole)
{
	return whole->is_in_layers;
}

/* The number of the dump that an image is of. */
static int find_dump(const struct work *work, const struct pimg_image *whole, size_t *number,
		     struct pimg_error *error)
{
	const struct dumps *dumps = &work->content.dumps;

	return dumps_choose(dumps, dumps->count == 1 ? NULL : whole->dump, number, error);
}

static struct folder *layout_of(const struct work *work)
{
	return work->content.dumps.layout;
}

/* ---- new blobs ---- */

/* Takes over the content, also on failure. */
static int add_blob(struct work *work, const char *path, const char *new_path,
		    struct source *content, struct pimg_error *error)
{
	struct new_blob blob = {strdup(path), strdup(new_path), content};

	if (!blob.path || !blob.new_path) {
		error_memory(error);
	} else if (array_make_room(&work->blobs, &work->room, work->count + 1, sizeof(*work->blobs),
				   error) == 0) {
		work->blobs[work->count++] = blob;
		return 0;
	}
	free(blob.path);
	free(blob.new_path);
	source_close(content);
	return -1;
}

/* The digest of all of a source, which is then at its start again. */
static int digest_of(struct source *source, const char *like, char *text, uint64_t *length,
		     struct pimg_error *error)
{
	enum digest_algorithm algorithm = DIGEST_SHA256;

	digest_hex(like, &algorithm);
	return digest_of_source(source, algorithm, NULL, text, length, error);
}

/* Notes the digests of a new layer, compressed and decompressed. @old: the old layer, decompressed */
static int note_layer(struct work *work, const struct oci_layer *layer, struct source *old,
		      struct sink *new, struct pimg_error *error)
{
	_cleanup_free_ char *new_path = NULL;
	char old_plain[DIGEST_TEXT_MAX], new_plain[DIGEST_TEXT_MAX], digest[DIGEST_TEXT_MAX];
	struct source *plain = NULL, *stored = NULL;
	uint64_t length, size = 0;
	int result = digest_of(old, layer->digest, old_plain, &length, error);

	if (result == 0)
		result = sink_reread(new, &plain, false, error) < 0 ? -1 : 0;
	if (result == 0)
		result = digest_of(plain, layer->digest, new_plain, &length, error);
	source_close(plain);
	if (result == 0)
		result = sink_reread_stored(new, &stored, error) < 0 ? -1 : 0;
	if (result == 0)
		result = digest_of(stored, layer->digest, digest, &size, error);
	if (result == 0)
		result = source_seek(stored, 0, error);
	new_path = result == 0 ? oci_path_of(digest) : NULL;
	if (!new_path) {
		source_close(stored);
		return result < 0 ? -1 : error_memory(error);
	}
	if (add_blob(work, layer->path, new_path, stored, error) < 0 ||
	    oci_rewrite_change(&work->rewrite, layer->digest, digest, size, error) < 0)
		return -1;
	return oci_rewrite_change(&work->rewrite, old_plain, new_plain, length, error);
}

/* ---- layers ---- */

/* The layer that a replaced image is in. */
static const struct oci_layer *layer_of(const struct work *work,
					const struct image_replacement *image,
					struct pimg_error *error)
{
	const struct folder *folder = image->whole->folder;
	const char *directory = folder_directory(folder);
	const struct archived *member =
		members_find(folder_members(folder), directory, strlen(directory), image->base);
	const struct dump *dump;
	size_t number;

	if (find_dump(work, image->whole, &number, error) < 0)
		return NULL;
	dump = &work->content.dumps.all[number];
	if (member && dump->image && dump->first_layer + member->layer < dump->image->layer_count)
		return &dump->image->layers[dump->first_layer + member->layer];
	archive_changed(folder_name(folder), error);
	return NULL;
}

/* Opens a layer's blob, and decompresses it. @method: set to how it is compressed; may be null */
static struct source *open_layer(const struct work *work, const struct oci_layer *layer,
				 enum compression *method, struct pimg_error *error)
{
	struct source *source;
	int found = folder_find(layout_of(work), layer->path, &source, error);

	if (found == 0)
		archive_changed(work->convert->from, error);
	if (found <= 0)
		return NULL;
	if (method)
		*method = compression_of(source);
	return source_plain(source, error);
}

static int rewrite_layer(struct work *work, const struct oci_layer *layer,
			 struct archive_replacement *images, size_t count, struct pimg_error *error)
{
	enum compression method;
	struct source *from = open_layer(work, layer, &method, error), *old;
	struct sink *to = from ? sink_open_nameless(layer->path, error) : NULL;
	struct archive_rewrite rewrite = {
		.to = to,
		.replacements = images,
		.count = count,
		.progress = work->convert->progress,
	};
	int result = -1;

	if (to && sink_compress(to, method, 0, error) == 0)
		result = archive_rewrite(&rewrite, from, error);
	source_close(from);
	old = result == 0 ? open_layer(work, layer, NULL, error) : NULL;
	result = old ? note_layer(work, layer, old, to, error) : -1;
	source_close(old);
	sink_abort(to);
	return result;
}

/* Whether an earlier image is in the same layer. */
static bool is_rewritten(const struct oci_layer *const *layers, size_t image)
{
	for (size_t i = 0; i < image; i++) {
		if (!strcmp(layers[i]->path, layers[image]->path))
			return true;
	}
	return false;
}

/* Adds the image to those of its layer, which two container images may share. */
static size_t add_image(struct archive_replacement *images, size_t count,
			const struct image_replacement *image)
{
	for (size_t i = 0; i < count; i++) {
		if (images[i].extent.start == image->extent.start)
			return count;
	}
	images[count] = (struct archive_replacement){
		.base = image->base,
		.extent = image->extent,
		.content = image->content,
	};
	return count + 1;
}

/* The layer of one image, with all images that are in it. */
static int rewrite_layer_of(struct work *work, const struct oci_layer *const *layers, size_t image,
			    struct pimg_error *error)
{
	const struct container_image *convert = work->convert;
	_cleanup_free_ struct archive_replacement *images =
		calloc(convert->image_count, sizeof(*images));
	size_t count = 0;

	if (!images)
		return error_memory(error);
	for (size_t i = image; i < convert->image_count; i++) {
		if (!strcmp(layers[i]->path, layers[image]->path))
			count = add_image(images, count, &convert->images[i]);
	}
	return rewrite_layer(work, layers[image], images, count, error);
}

/* All layers in which images are replaced. */
static int rewrite_layers(struct work *work, struct pimg_error *error)
{
	size_t count = work->convert->image_count;
	_cleanup_free_ const struct oci_layer **layers = calloc(count + 1, sizeof(*layers));

	if (!layers)
		return error_memory(error);
	for (size_t i = 0; i < count; i++) {
		layers[i] = layer_of(work, &work->convert->images[i], error);
		if (!layers[i])
			return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (!is_rewritten(layers, i) && rewrite_layer_of(work, layers, i, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- documents ---- */

static struct source *source_of_text(const char *text, const char *name, struct pimg_error *error)
{
	struct sink *sink = sink_open_nameless(name, error);
	struct source *source = NULL;

	if (sink && sink_write(sink, text, strlen(text), error) == 0)
		sink_reread(sink, &source, true, error);
	sink_abort(sink);
	return source;
}

static int rewrite_documents(struct work *work, struct pimg_error *error)
{
	struct oci_rewrite *rewrite = &work->rewrite;

	rewrite->folder = layout_of(work);
	if (oci_rewrite_documents(rewrite, error) < 0)
		return -1;
	for (size_t i = 0; i < rewrite->count; i++) {
		const struct oci_document *document = &rewrite->documents[i];
		struct source *content = source_of_text(document->text, document->new_path, error);

		if (!content ||
		    add_blob(work, document->path, document->new_path, content, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- checking the output ---- */

static int stop(void *context, const struct pimg_error *defect, struct pimg_error *error)
{
	(void)context;
	return error_copy(error, defect);
}

static int compare_image(struct folder *folder, const struct image_replacement *image,
			 struct pimg_error *error)
{
	struct source *found;
	int result = folder_damage(folder) ? stop(NULL, folder_damage(folder), error) : 0;

	if (result == 0)
		result = folder_find(folder, image->base, &found, error);
	if (result > 0) {
		result = source_seek(image->content, 0, error);
		if (result == 0)
			result = source_is_same(image->content, found, error);
		source_close(found);
	}
	if (result)
		return result < 0 ? -1 : 0;
	error_data(error, "%s read back differs from the one written", image->base);
	return error_in_file(error, folder_name(folder));
}

static int check_image(const struct work *work, const struct dumps *dumps,
		       const struct image_replacement *image, struct pimg_error *error)
{
	struct folder *folder;
	size_t number;
	int result;

	if (find_dump(work, image->whole, &number, error) < 0)
		return -1;
	folder = dumps_open(dumps, number, error);
	result = folder ? compare_image(folder, image, error) : -1;
	folder_close(folder);
	return result;
}

/* The layout is opened again: its digests must be right, and lead to the new images. */
static int check_dumps(void *context, struct dumps *dumps, struct pimg_error *error)
{
	const struct work *work = context;

	if (dumps->count != work->content.dumps.count)
		return error_data(error, "%zu dump%s written, but %zu read back",
				  work->content.dumps.count, PLURAL_S(work->content.dumps.count),
				  dumps->count);
	for (size_t i = 0; i < dumps->count; i++) {
		if (dumps_check_layers(dumps, i, NULL, stop, NULL, error) < 0)
			return -1;
	}
	for (size_t i = 0; i < work->convert->image_count; i++) {
		if (check_image(work, dumps, &work->convert->images[i], error) < 0)
			return -1;
	}
	return 0;
}

/* ---- writing an archive ---- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int copy_archive(struct work *work, struct sink *to, struct pimg_error *error)
{
	_cleanup_free_ struct archive_replacement *replacements =
		calloc(work->count + 1, sizeof(*replacements));
	struct archive_rewrite rewrite = {
		.to = to,
		.replacements = replacements,
		.count = work->count,
		.progress = work->convert->progress,
	};
	struct source *from;
	int result = 0;

	if (!replacements)
		return error_memory(error);
	for (size_t i = 0; i < work->count; i++) {
		replacements[i].base = base_of(work->blobs[i].path);
		replacements[i].new_base = base_of(work->blobs[i].new_path);
		replacements[i].content = work->blobs[i].content;
		if (!folder_extent(layout_of(work), work->blobs[i].path, &replacements[i].extent))
			return archive_changed(work->convert->from, error);
	}
	from = source_plain(source_open(work->convert->from, error), error);
	result = from ? archive_rewrite(&rewrite, from, error) : -1;
	source_close(from);
	return result;
}

static int check_archive(struct work *work, struct sink *to, struct pimg_error *error)
{
	struct source *written = NULL;
	struct dumps dumps = {0};
	int result = sink_check(to, error);

	if (result == 0)
		result = sink_reread(to, &written, false, error);
	if (result <= 0)
		return result;
	result = dumps_of_archive(&dumps, written, false, work->convert->progress, error);
	if (result == 0)
		result = check_dumps(work, &dumps, error);
	dumps_release(&dumps);
	return result;
}

static int write_archive(struct work *work, struct pimg_error *error)
{
	const struct container_image *convert = work->convert;
	const struct pimg_convert_options *options = convert->options;
	struct sink *to = convert_open_target(convert->whole, convert->from, convert->to,
					      options->replace, error);
	int result;

	if (!to)
		return -1;
	result = sink_compress(
		to, options->compress ? COMPRESSION_ZSTD_SEEKABLE : convert->whole->compression,
		options->compress ? options->level : 0, error);
	if (result == 0)
		result = copy_archive(work, to, error);
	if (result == 0)
		result = check_archive(work, to, error);
	if (result == 0)
		return sink_commit(to, error);
	error_in_file(error, sink_name(to));
	sink_spoil(to, false);
	sink_abort(to);
	return -1;
}

/* ---- converting ---- */

static int refuse_form(const struct work *work, struct pimg_error *error)
{
	const struct folder *layout = layout_of(work);

	if (!layout || !folder_has(layout, "index.json"))
		error_usage(error,
			    "is a container image, but not an OCI layout, the only form that "
			    "pipeimg can write; copy it to one with: skopeo copy ... "
			    "oci-archive:NEW.tar");
	else if (folder_is_archive(layout) && !folder_is_tar(layout))
		error_usage(error, "is a zip archive, which pipeimg cannot write; unpack it and "
				   "give the directory");
	else if (!folder_is_archive(layout) && work->convert->options->compress)
		error_usage(error,
			    "is a container image in a directory, which is not compressed as "
			    "a whole; its layers are, if they were");
	else
		return 0;
	return error_in_file(error, work->convert->from);
}

static int open_again(struct work *work, struct pimg_error *error)
{
	const struct container_image *convert = work->convert;

	if (convert->whole->file.passes) {
		error_usage(error, "is a container image from a pipe; write it to a file first, "
				   "because it is read several times");
		return error_in_file(error, pimg_image_name(convert->whole));
	}
	if (image_content_open(&work->content, convert->from, IMAGE_CONTENT_KEEP, convert->progress,
			       error) < 0)
		return -1;
	if (work->content.source)
		return archive_changed(convert->from, error);
	return refuse_form(work, error);
}

static int write_layout(struct work *work, struct pimg_error *error)
{
	const struct container_image *convert = work->convert;
	const struct layout_copy copy = {
		.from = convert->from,
		.to = convert->to,
		.blobs = work->blobs,
		.count = work->count,
		.check = check_dumps,
		.context = work,
		.progress = convert->progress,
	};

	return folder_is_archive(layout_of(work)) ? write_archive(work, error)
						  : layout_copy(&copy, error);
}

int convert_container_image(const struct container_image *convert, struct pimg_error *error)
{
	struct work work = {.convert = convert};
	int result = open_again(&work, error);

	if (result == 0)
		result = rewrite_layers(&work, error);
	if (result == 0)
		result = rewrite_documents(&work, error);
	if (result == 0)
		result = write_layout(&work, error);
	for (size_t i = 0; i < work.count; i++) {
		free(work.blobs[i].path);
		free(work.blobs[i].new_path);
		source_close(work.blobs[i].content);
	}
	free(work.blobs);
	oci_rewrite_release(&work.rewrite);
	image_content_close(&work.content);
	return result;
}
