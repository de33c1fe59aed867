// SPDX-License-Identifier: LGPL-2.1-or-later
/* Archives of CRIU directories: rewritten with other queue images, or created from a directory. */
#include "convert/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "convert/container-image.h"
#include "convert/directory.h"
#include "convert/file.h"
#include "convert/repair.h"
#include "convert/target.h"
#include "format/directory-names.h"
#include "image/open.h"
#include "io/archive/rewrite.h"
#include "io/archive/tree.h"
#include "io/compression/decompress.h"
#include "io/source/open.h"
#include "io/source/same.h"

struct rewriting {
	struct pimg_image *const *wholes; /* the dumps in the archive */
	size_t whole_count;
	const struct pimg_image *whole; /* the first, or the one that is being converted */
	const struct pimg_convert_options *options;
	struct pimg_image *boundaries;
	struct sink *to;
	struct image_replacement *replacements;
	size_t count, room;
	const struct pimg_progress *progress;
};

/* ---- the images ---- */

/* Returns the converted image as a source, a file without a name. */
static struct source *convert_one(struct rewriting *work, const struct part *part,
				  struct pimg_error *error)
{
	struct pimg_image *image = image_of_part(work->whole, part, work->progress, error);
	struct source *content = NULL;
	struct sink *sink = NULL;

	if (!image)
		return NULL;
	if (convert_prepare(image, work->options, work->whole, error) == 0)
		sink = sink_open_nameless(pimg_image_name(image), error);
	if (sink &&
	    convert_file(image, sink, work->options, work->boundaries, work->progress, error) == 0)
		sink_reread(sink, &content, true, error);
	sink_abort(sink);
	pimg_image_close(image);
	return content;
}

static int find_extent(struct folder *folder, struct image_replacement *replacement,
		       struct pimg_error *error)
{
	if (folder_is_archive(folder) &&
	    !folder_extent(folder, replacement->base, &replacement->extent))
		return archive_changed(folder_name(folder), error);
	return 0;
}

static struct source *repaired(const struct repair *repair, struct source *files,
			       struct pimg_error *error)
{
	struct sink *sink = sink_open_nameless(source_name(files), error);
	struct source *content = NULL;

	if (sink && repair_write(repair, files, sink, error) == 0)
		sink_reread(sink, &content, true, error);
	sink_abort(sink);
	return content;
}

/* Takes over the content, which is null if it could not be made. */
static int add_replacement(struct rewriting *work, const char *base, struct source *content,
			   struct pimg_error *error)
{
	struct image_replacement *replacement;

	if (!content)
		return -1;
	if (array_make_room(&work->replacements, &work->room, work->count + 1,
			    sizeof(*work->replacements), error) < 0) {
		source_close(content);
		return -1;
	}
	replacement = &work->replacements[work->count++];
	*replacement = (struct image_replacement){.whole = work->whole, .content = content};
	snprintf(replacement->base, sizeof(replacement->base), "%s", base);
	return find_extent(work->whole->folder, replacement, error);
}

static int repair_files(struct rewriting *work, struct pimg_error *error)
{
	struct repair repair = {.repaired = work->options->repaired,
				.context = work->options->context};
	struct folder *folder = work->whole->folder;
	struct source *files;
	int result = repair_look(&repair, folder, error);

	if (result == 0 && repair.count)
		result = folder_find(folder, repair.base, &files, error);
	if (result > 0) {
		result = add_replacement(work, repair.base, repaired(&repair, files, error), error);
		source_close(files);
	}
	repair_release(&repair);
	return result;
}

static int convert_dump(struct rewriting *work, struct pimg_error *error)
{
	for (size_t i = 0; i < work->whole->part_count; i++) {
		const struct part *part = &work->whole->parts[i];
		char name[DIRECTORY_NAME_MAX];

		/* Datagrams have only one layout. */
		if (part->is_saved || part->expected == PIMG_SOCKET || !work->options->has_layout)
			continue;
		if (add_replacement(work, image_part_name(part, name),
				    convert_one(work, part, error), error) < 0)
			return -1;
	}
	return work->options->repair ? repair_files(work, error) : 0;
}

static int convert_images(struct rewriting *work, struct pimg_error *error)
{
	for (size_t i = 0; i < work->whole_count; i++) {
		work->whole = work->wholes[i];
		if (convert_dump(work, error) < 0)
			return -1;
	}
	work->whole = work->wholes[0];
	return 0;
}

static void release_images(struct rewriting *work)
{
	for (size_t i = 0; i < work->count; i++)
		source_close(work->replacements[i].content);
	free(work->replacements);
}

/* ---- rewriting an archive ---- */

/* Opens the archive again at its start. */
static struct source *open_again(const struct rewriting *work, const char *path,
				 struct pimg_error *error)
{
	struct source *kept = folder_archive(work->whole->folder);

	if (!work->whole->file.passes)
		return source_plain(source_open(path, error), error);
	return source_part(kept, 0, source_length(kept), source_name(kept), error);
}

static int rewrite_archive(struct rewriting *work, const char *path, struct pimg_error *error)
{
	struct archive_replacement *members = calloc(work->count + 1, sizeof(*members));
	struct archive_rewrite rewrite = {
		.to = work->to,
		.replacements = members,
		.count = work->count,
		.progress = work->progress,
	};
	struct source *from = members ? open_again(work, path, error) : NULL;
	int result = members ? -1 : error_memory(error);

	for (size_t i = 0; members && i < work->count; i++)
		members[i] = (struct archive_replacement){
			.base = work->replacements[i].base,
			.extent = work->replacements[i].extent,
			.content = work->replacements[i].content,
		};
	if (from)
		result = archive_rewrite(&rewrite, from, error);
	source_close(from);
	free(members);
	return result;
}

/* ---- checking the output ---- */

static int compare(struct source *wanted, struct source *found, struct pimg_error *error)
{
	int result = source_is_same(wanted, found, error);

	if (result)
		return result < 0 ? -1 : 0;
	error_data(error, "data read back differs from the data written");
	return error_in_file(error, source_name(found));
}

/* The directory in the archive written that corresponds to the folder of the input. */
static const char *written_directory(const struct folder *from)
{
	if (folder_is_archive(from))
		return folder_directory(from);
	return folder_is_below(from) ? FOLDER_OF_EXPORT "/" : "";
}

static int check_replacement(struct members *members, struct image_replacement *replacement,
			     struct pimg_error *error)
{
	struct folder *folder =
		folder_in(members, written_directory(replacement->whole->folder), error);
	struct source *found = NULL;
	int result = folder ? folder_find(folder, replacement->base, &found, error) : -1;

	if (result == 0) {
		error_data(error, "%s is missing from the archive written", replacement->base);
		result = error_in_file(error, folder_name(folder));
	}
	if (result > 0)
		result = source_seek(replacement->content, 0, error);
	if (result == 0)
		result = compare(replacement->content, found, error);
	source_close(found);
	folder_close(folder);
	return result;
}

/* Takes over the archive. */
static int check_members(struct rewriting *work, struct source *archive, struct pimg_error *error)
{
	struct members *members = members_new(source_name(archive), directory_roles, NULL, error);
	int result = -1;

	if (members)
		result = members_add(members, archive, NULL, work->progress, error);
	else
		source_close(archive);
	if (result == 0 && members_damage(members)) {
		if (error)
			*error = *members_damage(members);
		result = -1;
	}
	for (size_t i = 0; i < work->count && result == 0; i++)
		result = check_replacement(members, &work->replacements[i], error);
	members_release(members);
	return result;
}

static int check_written(struct rewriting *work, struct pimg_error *error)
{
	struct source *source = NULL;
	int result = sink_check(work->to, error);

	if (result == 0)
		result = sink_reread(work->to, &source, false, error);
	return result <= 0 ? result : check_members(work, source, error);
}

/* ---- an archive that is up to date ---- */

/* Returns 1 if all members that would be replaced have this content already, 0 if not, or -1. */
static int is_current(struct rewriting *work, struct pimg_error *error)
{
	int result = 1;

	for (size_t i = 0; i < work->count && result > 0; i++) {
		const struct image_replacement *replacement = &work->replacements[i];
		struct source *old;

		result = folder_find(replacement->whole->folder, replacement->base, &old, error);
		if (result <= 0)
			continue;
		result = source_is_same(replacement->content, old, error);
		source_close(old);
		if (result >= 0 && source_seek(replacement->content, 0, error) < 0)
			result = -1;
	}
	return result;
}

/* ---- converting ---- */

static int choose_compression(const struct rewriting *work, struct pimg_error *error)
{
	const struct pimg_convert_options *options = work->options;
	const struct pimg_image *whole = work->whole;

	if (options->compress)
		return sink_compress(work->to, COMPRESSION_ZSTD_SEEKABLE, options->level, error);
	return sink_compress(work->to, whole->compression, 0, error);
}

static int write_tree(struct rewriting *work, const char *from, struct pimg_error *error)
{
	struct tree_replacement *replacements = calloc(work->count + 1, sizeof(*replacements));
	struct tree_archive archive = {
		.path = from,
		.to = work->to,
		.roles = directory_roles,
		.below = folder_is_below(work->whole->folder) ? FOLDER_OF_EXPORT : NULL,
		.replacements = replacements,
		.replacement_count = work->count,
		.progress = work->progress,
	};
	int result;

	if (!replacements)
		return error_memory(error);
	for (size_t i = 0; i < work->count; i++)
		replacements[i] = (struct tree_replacement){work->replacements[i].base,
							    work->replacements[i].content};
	result = tree_archive_write(&archive, error);
	free(replacements);
	return result;
}

static int write_archive(struct rewriting *work, const char *from, struct pimg_error *error)
{
	int result;

	if (choose_compression(work, error) < 0)
		return -1;
	result = folder_is_archive(work->whole->folder) ? rewrite_archive(work, from, error)
							: write_tree(work, from, error);
	return result < 0 ? error_in_file(error, sink_name(work->to)) : check_written(work, error);
}

static int check_paths(const struct pimg_image *whole, const char *from, const char *to,
		       struct pimg_error *error)
{
	if (!folder_is_archive(whole->folder))
		return convert_check_outside(from, to, error);
	/* That of a container image is checked when it is written. */
	if (!convert_is_container_image(whole) && !folder_is_tar(whole->folder)) {
		error_usage(error, "is a zip archive, which pipeimg cannot write; unpack it and "
				   "give the directory");
		return error_in_file(error, pimg_image_name(whole));
	}
	return 0;
}

static int check_dumps(const struct rewriting *work, const char *from, const char *to,
		       struct pimg_error *error)
{
	if (check_paths(work->whole, from, to, error) < 0)
		return -1;
	for (size_t i = 0; i < work->whole_count; i++) {
		if (convert_check_dump(work->wholes[i], work->options, error) < 0)
			return -1;
	}
	return 0;
}

static int write_to(struct rewriting *work, const char *from, const char *to,
		    struct pimg_error *error)
{
	int result;

	work->to = convert_open_target(work->whole, from, to, work->options->replace, error);
	if (!work->to)
		return -1;
	result = write_archive(work, from, error);
	if (result == 0 && work->options->keep_times)
		sink_keep_times(work->to);
	if (result == 0)
		return sink_commit(work->to, error);
	sink_spoil(work->to, false);
	sink_abort(work->to);
	return -1;
}

int convert_archive(struct pimg_image *const *wholes, size_t count, const char *from,
		    const char *to, const struct pimg_convert_options *options,
		    struct pimg_image *boundaries, const struct pimg_progress *progress,
		    struct pimg_error *error)
{
	struct rewriting work = {
		.wholes = wholes,
		.whole_count = count,
		.whole = wholes[0],
		.options = options,
		.boundaries = boundaries,
		.progress = progress,
	};
	int current = 0;

	if (check_dumps(&work, from, to, error) < 0)
		return -1;
	if (convert_images(&work, error) == 0)
		current = options->keep_current ? is_current(&work, error) : 0;
	else
		current = -1;
	if (!current && convert_is_container_image(work.whole))
		current = convert_container_image(
			&(struct container_image){work.whole, from, to, options, work.replacements,
						  work.count, progress},
			error);
	else if (!current)
		current = write_to(&work, from, to, error);
	release_images(&work);
	return current;
}
