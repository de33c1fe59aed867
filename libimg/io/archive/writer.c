// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/writer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/progress.h"
#include "io/source/libarchive.h"

struct archive_writer {
	struct archive *archive;
	struct sink *to;
	struct pimg_error *error; /* of the current call */
	bool failed;		  /* error says why; else libarchive does */
	bool dropped;		  /* libarchive's further output is not wanted */
	const struct pimg_progress *progress;
	uint64_t done, reported; /* bytes */
};

static la_ssize_t pass_on(struct archive *archive, void *context, const void *data, size_t length)
{
	struct archive_writer *writer = context;

	(void)archive;
	if (writer->dropped || sink_write(writer->to, data, length, writer->error) == 0)
		return (la_ssize_t)length;
	writer->failed = true;
	return -1;
}

static int failed(struct archive_writer *writer, struct pimg_error *error)
{
	const char *sentence = sym_archive_error_string(writer->archive);

	if (writer->failed)
		return -1;
	if (sym_archive_errno(writer->archive) == ENOMEM)
		return error_memory(error);
	error_refused(error, EIO, "libarchive cannot write the archive: %s",
		      sentence ? sentence : "unknown error");
	return error_in_file(error, sink_name(writer->to));
}

/*
 * There are two ways to store extended attributes, of which GNU tar reads one. Names that are not text in
 * the locale are stored unencoded; GNU tar would warn about the encoding of any name.
 */
static int set_options(struct archive *archive, int format)
{
	if (format != ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE)
		return ARCHIVE_OK;
	return sym_archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY");
}

static int set_up(struct archive_writer *writer, int format)
{
	struct archive *archive = writer->archive;

	if (sym_archive_write_set_format(archive, format) != ARCHIVE_OK ||
	    set_options(archive, format) != ARCHIVE_OK ||
	    sym_archive_write_set_bytes_per_block(archive, 0) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return sym_archive_write_open(archive, writer, NULL, pass_on, NULL);
}

struct archive_writer *archive_writer_open(struct sink *to, int format,
					   const struct pimg_progress *progress,
					   struct pimg_error *error)
{
	struct archive_writer *writer;

	if (libarchive_load(error) < 0)
		return NULL;
	writer = calloc(1, sizeof(*writer));
	if (!writer) {
		error_memory(error);
		return NULL;
	}
	writer->to = to;
	writer->error = error;
	writer->progress = progress;
	writer->archive = sym_archive_write_new();
	if (writer->archive && set_up(writer, format) == ARCHIVE_OK)
		return writer;
	if (writer->archive)
		failed(writer, error);
	else
		error_memory(error);
	archive_writer_free(writer);
	return NULL;
}

void archive_writer_free(struct archive_writer *writer)
{
	if (!writer)
		return;
	/* libarchive would end the archive now. */
	writer->dropped = true;
	if (writer->archive)
		sym_archive_write_free(writer->archive);
	free(writer);
}

static int report(struct archive_writer *writer, uint64_t bytes, struct pimg_error *error)
{
	writer->done += bytes;
	return progress_report_now_and_then(writer->progress, &writer->reported, writer->done, 0,
					    error);
}

static int write_content(struct archive_writer *writer, struct source *content, uint64_t left,
			 struct pimg_error *error)
{
	while (left) {
		const uint8_t *data;
		ssize_t there = source_peek(content, 1, &data, error);
		size_t length = there > 0 && (uint64_t)there > left ? (size_t)left : (size_t)there;

		if (there < 0)
			return -1;
		if (!there) {
			error_check(error, CHECK_CHANGED,
				    "the file was truncated while it was read");
			return error_in_file(error, source_name(content));
		}
		/* A frame may begin anywhere here: seeking is not tied to members. */
		if (sink_begin_record(writer->to, error) < 0)
			return -1;
		if (sym_archive_write_data(writer->archive, data, length) != (la_ssize_t)length)
			return failed(writer, error);
		source_consume(content, length);
		left -= length;
		if (report(writer, length, error) < 0)
			return -1;
	}
	return 0;
}

int archive_writer_add(struct archive_writer *writer, struct archive_entry *entry,
		       struct source *content, struct pimg_error *error)
{
	int result;

	writer->error = error;
	if (sink_begin_record(writer->to, error) < 0)
		return -1;
	result = sym_archive_write_header(writer->archive, entry);
	/* A warning concerns names and times that the format rounds: no reader would get wrong data. */
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return failed(writer, error);
	if (content &&
	    write_content(writer, content, (uint64_t)sym_archive_entry_size(entry), error) < 0)
		return -1;
	return sym_archive_write_finish_entry(writer->archive) == ARCHIVE_OK
		       ? 0
		       : failed(writer, error);
}

int archive_writer_finish(struct archive_writer *writer, struct pimg_error *error)
{
	writer->error = error;
	return sym_archive_write_close(writer->archive) == ARCHIVE_OK ? 0 : failed(writer, error);
}
