// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/archive/reader.h"
#include "io/archive/writer.h"
#include "io/source/libarchive.h"

int archive_changed(const char *name, struct pimg_error *error)
{
	error_check(error, CHECK_CHANGED, "the archive changed while it was read");
	return error_in_file(error, name);
}

static int by_extent(const void *a, const void *b)
{
	const struct archive_replacement *first = a, *second = b;

	return (first->extent.start > second->extent.start) -
	       (first->extent.start < second->extent.start);
}

static int report(struct archive_rewrite *work, const struct source *from, struct pimg_error *error)
{
	return source_report(from, work->progress, &work->reported, error);
}

/* Copies up to an offset, or to the end. */
static int pass_through(struct archive_rewrite *work, struct source *from, uint64_t end,
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

/* The old path with another last component. */
static int rename_entry(struct archive_entry *entry, const char *base, struct pimg_error *error)
{
	const char *old = sym_archive_entry_pathname(entry),
		   *slash = old ? strrchr(old, '/') : NULL;
	char *path;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash + 1 - old) : 0, old ? old : "", base) < 0)
		return error_memory(error);
	sym_archive_entry_copy_pathname(entry, path);
	free(path);
	return 0;
}

static int write_member(struct archive_rewrite *work, struct archive_entry *old, int format,
			const struct archive_replacement *replacement, struct pimg_error *error)
{
	struct source *content = replacement->content;
	struct archive_entry *entry = sym_archive_entry_clone(old);
	struct archive_writer *writer = NULL;
	int result = -1;

	if (!entry)
		return error_memory(error);
	sym_archive_entry_set_size(entry, (la_int64_t)source_length(content));
	sym_archive_entry_sparse_clear(entry);
	if (!replacement->new_base || rename_entry(entry, replacement->new_base, error) == 0)
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
static int replace_member(struct archive_rewrite *work, struct source *from,
			  const struct archive_replacement *replacement, struct pimg_error *error)
{
	struct archive_reader *reader = archive_reader_open_within(from, error);
	struct archive_member member;
	struct archive_entry *old;
	int format, result = reader ? archive_reader_next(reader, &member, error) : -1;

	if (result == 0 || (result > 0 && !is_called(&member, replacement->base))) {
		result = archive_changed(source_name(from), error);
	} else if (result > 0) {
		old = archive_reader_entry(reader, &format);
		result = write_member(work, old, format, replacement, error);
	}
	archive_reader_close(reader);
	return result;
}

/* Checks that the archive is still the indexed one, so that its members are at the same offsets. */
static int check_is_there(const struct source *from, uint64_t offset, struct pimg_error *error)
{
	return source_offset(from) == offset ? 0 : archive_changed(source_name(from), error);
}

int archive_rewrite(struct archive_rewrite *work, struct source *from, struct pimg_error *error)
{
	qsort(work->replacements, work->count, sizeof(*work->replacements), by_extent);
	for (size_t i = 0; i < work->count; i++) {
		const struct archive_replacement *replacement = &work->replacements[i];
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
