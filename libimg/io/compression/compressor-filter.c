// SPDX-License-Identifier: LGPL-2.1-or-later
/* The methods for which libarchive has a filter; its format "raw" writes only the data itself. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "io/compression/compressor-method.h"
#include "io/source/libarchive.h"

#define BLOCK_BYTES (64 * 1024)

struct filter {
	struct compressor compressor;
	struct archive *archive;
	struct pimg_error *error; /* of the current call */
	bool dropped; /* all output from now on: the callback failed, or it is not wanted */
};

/*
 * libarchive would replace the callback's error with another text, and leak the memory of its filters if
 * their output fails. So it never sees a failure.
 */
static la_ssize_t pass_on(struct archive *archive, void *context, const void *data, size_t length)
{
	struct filter *filter = context;

	(void)archive;
	if (!filter->dropped &&
	    compressor_output(&filter->compressor, data, length, filter->error) < 0)
		filter->dropped = true;
	return (la_ssize_t)length;
}

static int filter_failed(struct filter *filter, struct pimg_error *error)
{
	int errno_value = sym_archive_errno(filter->archive);
	const char *sentence = sym_archive_error_string(filter->archive);

	if (errno_value == ENOMEM)
		return error_memory(error);
	return error_refused(error, errno_value, "libarchive cannot compress: %s",
			     sentence ? sentence : "unknown error");
}

static int add_filter(struct archive *archive, enum compression method)
{
	switch (method) {
	case COMPRESSION_GZIP:
		return sym_archive_write_add_filter_gzip(archive);
	case COMPRESSION_XZ:
		return sym_archive_write_add_filter_xz(archive);
	case COMPRESSION_BZIP2:
		return sym_archive_write_add_filter_bzip2(archive);
	default:
		return ARCHIVE_FATAL;
	}
}

static int choose_method(struct filter *filter, enum compression method, int level,
			 struct pimg_error *error)
{
	char digits[16];

	/* A warning means that an external program would be run. */
	if (add_filter(filter->archive, method) != ARCHIVE_OK)
		return error_refused(error, ENOTSUP, "this libarchive was built without %s",
				     compression_name(method));
	snprintf(digits, sizeof(digits), "%d", level);
	if (sym_archive_write_set_filter_option(filter->archive, NULL, "compression-level",
						digits) != ARCHIVE_OK)
		return filter_failed(filter, error);
	/* The same input gives the same output at any time. */
	if (method == COMPRESSION_GZIP &&
	    sym_archive_write_set_filter_option(filter->archive, NULL, "timestamp", NULL) !=
		    ARCHIVE_OK)
		return filter_failed(filter, error);
	return 0;
}

static int begin(struct filter *filter, struct pimg_error *error)
{
	struct archive *archive = filter->archive;
	struct archive_entry *entry;
	int result;

	if (sym_archive_write_set_format_raw(archive) != ARCHIVE_OK ||
	    sym_archive_write_set_bytes_per_block(archive, BLOCK_BYTES) != ARCHIVE_OK ||
	    sym_archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    sym_archive_write_open(archive, filter, NULL, pass_on, NULL) != ARCHIVE_OK)
		return filter_failed(filter, error);
	entry = sym_archive_entry_new();
	if (!entry)
		return error_memory(error);
	sym_archive_entry_set_filetype(entry, S_IFREG);
	result = sym_archive_write_header(archive, entry);
	sym_archive_entry_free(entry);
	return result == ARCHIVE_OK ? 0 : filter_failed(filter, error);
}

static void filter_free(struct compressor *compressor)
{
	struct filter *filter = (struct filter *)compressor;

	filter->dropped = true;
	sym_archive_write_free(filter->archive);
	free(filter);
}

static struct compressor *filter_open(struct compressor base, enum compression method, int level,
				      struct pimg_error *error)
{
	struct filter *filter;

	if (libarchive_load(error) < 0)
		return NULL;
	filter = calloc(1, sizeof(*filter));
	if (!filter) {
		error_memory(error);
		return NULL;
	}
	filter->compressor = base;
	filter->error = error;
	filter->archive = sym_archive_write_new();
	if (!filter->archive) {
		free(filter);
		error_memory(error);
		return NULL;
	}
	if (choose_method(filter, method, level, error) < 0 || begin(filter, error) < 0 ||
	    filter->dropped) {
		filter_free(&filter->compressor);
		return NULL;
	}
	return &filter->compressor;
}

static int filter_write(struct compressor *compressor, const void *data, size_t length,
			struct pimg_error *error)
{
	struct filter *filter = (struct filter *)compressor;
	la_ssize_t written;

	filter->error = error;
	written = sym_archive_write_data(filter->archive, data, length);
	if (filter->dropped)
		return -1;
	return written == (la_ssize_t)length ? 0 : filter_failed(filter, error);
}

static int filter_finish(struct compressor *compressor, struct pimg_error *error)
{
	struct filter *filter = (struct filter *)compressor;
	int result;

	filter->error = error;
	result = sym_archive_write_close(filter->archive);
	if (filter->dropped)
		return -1;
	return result == ARCHIVE_OK ? 0 : filter_failed(filter, error);
}

const struct compressor_ops compressor_filter_ops = {
	.open = filter_open,
	.write = filter_write,
	.finish = filter_finish,
	.free = filter_free,
};
