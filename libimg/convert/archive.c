// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Archives of CRIU directories: rewritten with other queue images, or created from a directory.
 *
 * Everything in an archive except these images is copied byte for byte, including headers, so no library has
 * to understand it. Only a replaced member gets a header written by libarchive, in the format of the old
 * one and with the same values except length and holes.
 */
#include "convert/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "convert/directory.h"
#include "convert/file.h"
#include "convert/repair.h"
#include "convert/target.h"
#include "format/directory-names.h"
#include "image/open.h"
#include "io/archive/reader.h"
#include "io/archive/tree.h"
#include "io/archive/writer.h"
#include "io/compression/decompress.h"
#include "io/source/libarchive.h"
#include "io/source/open.h"

/* A queue image for the new archive. */
struct replacement {
	const struct pimg_image *whole; /* the dump that it is in */
	char base[DIRECTORY_NAME_MAX];
	struct folder_extent extent; /* of the member that it replaces */
	struct source *content;
};

struct rewriting {
	struct pimg_image *const *wholes; /* the dumps in the archive */
	size_t whole_count;
	const struct pimg_image *whole; /* the first, or the one that is being converted */
	const struct pimg_convert_options *options;
	struct pimg_image *boundaries;
	struct sink *to;
	struct replacement *replacements; /* in the order of the archive */
	size_t count, room;
	const struct pimg_progress *progress;
	uint64_t reported;
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

static int by_extent(const void *a, const void *b)
{
	const struct replacement *first = a, *second = b;

	return (first->extent.start > second->extent.start) -
	       (first->extent.start < second->extent.start);
}

static int changed(const char *name, struct pimg_error *error)
{
	error_check(error, CHECK_CHANGED, "the archive changed while it was read");
	return error_in_file(error, name);
}

static int find_extent(struct folder *folder, struct replacement *replacement,
		       struct pimg_error *error)
{
	if (folder_is_archive(folder) &&
	    !folder_extent(folder, replacement->base, &replacement->extent))
		return changed(folder_name(folder), error);
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
	struct replacement *replacement;

	if (!content)
		return -1;
	if (array_make_room(&work->replacements, &work->room, work->count + 1,
			    sizeof(*work->replacements), error) < 0) {
		source_close(content);
		return -1;
	}
	replacement = &work->replacements[work->count++];
	*replacement = (struct replacement){.whole = work->whole, .content = content};
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
	if (work->count)
		qsort(work->replacements, work->count, sizeof(*work->replacements), by_extent);
	return 0;
}

static void release_images(struct rewriting *work)
{
	for (size_t i = 0; i < work->count; i++)
		source_close(work->replacements[i].content);
	free(work->replacements);
}

/* ---- rewriting an archive ---- */

static int report(struct rewriting *work, const struct source *from, struct pimg_error *error)
{
	return source_report(from, work->progress, &work->reported, error);
}

/* Copies up to an offset, or to the end. */
static int pass_through(struct rewriting *work, struct source *from, uint64_t end,
			struct pimg_error *error)
{
	while (source_offset(from) < end) {
		const uint8_t *data;
		ssize_t there = source_peek(from, 1, &data, error);
		uint64_t left = end - source_offset(from);
		size_t length = there > 0 && (uint64_t)there > left ? (size_t)left : (size_t)there;

		if (there <= 0)
			return there < 0 ? -1 : 0;
		if (sink_begin_record(work->to, error) < 0 ||
		    sink_write(work->to, data, length, error) < 0)
			return -1;
		source_consume(from, length);
		if (report(work, from, error) < 0)
			return -1;
	}
	return 0;
}

static int write_member(struct rewriting *work, struct archive_entry *old, int format,
			struct source *content, struct pimg_error *error)
{
	struct archive_entry *entry = sym_archive_entry_clone(old);
	struct archive_writer *writer = NULL;
	int result = -1;

	if (!entry)
		return error_memory(error);
	sym_archive_entry_set_size(entry, (la_int64_t)source_length(content));
	sym_archive_entry_sparse_clear(entry);
	writer = archive_writer_open(work->to, format, NULL, error);
	if (writer)
		result = archive_writer_add(writer, entry, content, error);
	archive_writer_free(writer);
	sym_archive_entry_free(entry);
	return result;
}

static bool is_called(const struct archive_member *member, const char *base)
{
	const char *slash = strrchr(member->path, '/');

	return !strcmp(slash ? slash + 1 : member->path, base);
}

/* Continues with the replaced member, through a separate reader of the archive. */
static int replace_member(struct rewriting *work, struct source *from,
			  const struct replacement *replacement, struct pimg_error *error)
{
	struct archive_reader *reader = archive_reader_open_within(from, error);
	struct archive_member member;
	struct archive_entry *old;
	int format, result = reader ? archive_reader_next(reader, &member, error) : -1;

	if (result == 0 || (result > 0 && !is_called(&member, replacement->base))) {
		result = changed(source_name(from), error);
	} else if (result > 0) {
		old = archive_reader_entry(reader, &format);
		result = write_member(work, old, format, replacement->content, error);
	}
	archive_reader_close(reader);
	return result;
}

/* Checks that the archive is still the indexed one, so that its members are at the same offsets. */
static int check_is_there(const struct source *from, uint64_t offset, struct pimg_error *error)
{
	return source_offset(from) == offset ? 0 : changed(source_name(from), error);
}

static int rewrite(struct rewriting *work, struct source *from, struct pimg_error *error)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct replacement *replacement = &work->replacements[i];
		uint64_t end = replacement->extent.end;

		if (pass_through(work, from, replacement->extent.start, error) < 0 ||
		    check_is_there(from, replacement->extent.start, error) < 0 ||
		    replace_member(work, from, replacement, error) < 0)
			return -1;
		/* The reader may not have passed all of the header. */
		if (source_offset(from) < end &&
		    source_skip(from, end - source_offset(from), error) < 0)
			return -1;
		if (check_is_there(from, end, error) < 0)
			return -1;
	}
	return pass_through(work, from, UINT64_MAX, error);
}

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
	struct source *from = open_again(work, path, error);
	int result = from ? rewrite(work, from, error) : -1;

	source_close(from);
	return result;
}

/* ---- checking the output ---- */

/* Compares two sources from where they are. Returns 1, 0 if they differ, or -1. */
static int is_same(struct source *wanted, struct source *found, struct pimg_error *error)
{
	for (;;) {
		const uint8_t *a, *b;
		ssize_t there = source_peek(wanted, 1, &a, error);
		ssize_t other = source_peek(found, 1, &b, error);
		size_t length = (size_t)(there < other ? there : other);

		if (there < 0 || other < 0)
			return -1;
		if (!there && !other)
			return 1;
		if (!length || memcmp(a, b, length) != 0)
			return 0;
		source_consume(wanted, length);
		source_consume(found, length);
	}
}

static int compare(struct source *wanted, struct source *found, struct pimg_error *error)
{
	int result = is_same(wanted, found, error);

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

static int check_replacement(struct members *members, struct replacement *replacement,
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
		const struct replacement *replacement = &work->replacements[i];
		struct source *old;

		result = folder_find(replacement->whole->folder, replacement->base, &old, error);
		if (result <= 0)
			continue;
		result = is_same(replacement->content, old, error);
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
	if (!folder_archive(whole->folder)) {
		error_usage(error, "is a container image, which pipeimg can only read; unpack the "
				   "layer with the checkpoint and give that");
		return error_in_file(error, pimg_image_name(whole));
	}
	if (!folder_is_tar(whole->folder)) {
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

int convert_archive(struct pimg_image *const *wholes, size_t count, const char *from,
		    const char *to, const struct pimg_convert_options *options,
		    struct pimg_image *boundaries, const struct pimg_progress *progress,
		    struct pimg_error *error)
{
	const struct pimg_image *whole = wholes[0];
	struct rewriting work = {
		.wholes = wholes,
		.whole_count = count,
		.whole = whole,
		.options = options,
		.boundaries = boundaries,
		.progress = progress,
	};
	int result = -1, current = 0;

	if (check_dumps(&work, from, to, error) < 0)
		return -1;
	if (convert_images(&work, error) == 0)
		current = options->keep_current ? is_current(&work, error) : 0;
	else
		current = -1;
	if (current) {
		release_images(&work);
		return current;
	}
	work.to = convert_open_target(whole, from, to, options->replace, error);
	if (work.to)
		result = write_archive(&work, from, error);
	if (work.to && result == 0 && options->keep_times)
		sink_keep_times(work.to);
	if (work.to && result < 0) {
		sink_spoil(work.to, false);
		sink_abort(work.to);
	} else if (work.to) {
		result = sink_commit(work.to, error);
	}
	release_images(&work);
	return result;
}
