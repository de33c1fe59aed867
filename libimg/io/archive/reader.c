// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "io/source/libarchive.h"

struct archive_reader {
	struct archive *archive;
	struct archive_entry *entry; /* of the current member */
	struct source *source;
	bool in_head;		 /* the next member is being read */
	uint64_t shown_for_head; /* bytes, since then */
	size_t shown; /* bytes of the source in use by libarchive: consumed at its next read */
	struct pimg_error *error; /* of the current call */
	bool failed;		  /* error says why; else libarchive does */
	const struct pimg_progress *progress;
	uint64_t reported;
	uint64_t size;	/* of the member, as recorded */
	char last[128]; /* the last member, for messages */
};

/* ---- detection ---- */

/*
 * A tar header contains its checksum in octal: the sum of its bytes, with spaces in place of the checksum.
 */
static bool is_tar_header(const uint8_t *header)
{
	enum { SIZE = 512, SUM_AT = 148, SUM_END = 156 };
	unsigned sum = 0, told = 0;
	size_t at = SUM_AT;

	for (size_t i = 0; i < SIZE; i++)
		sum += i >= SUM_AT && i < SUM_END ? ' ' : header[i];
	while (at < SUM_END && header[at] == ' ')
		at++;
	for (; at < SUM_END && header[at] >= '0' && header[at] <= '7'; at++)
		told = told * 8 + (unsigned)(header[at] - '0');
	return header[0] && told == sum;
}

/* Octal; a size that is too large for that is binary, after a first byte of 0x80. */
static uint64_t size_of_tar_header(const uint8_t *header)
{
	enum { SIZE_AT = 124, SIZE_END = 136 };
	bool binary = header[SIZE_AT] & 0x80;
	uint64_t size = 0;

	for (size_t at = SIZE_AT + binary; at < SIZE_END; at++) {
		if (binary)
			size = size << 8 | header[at];
		else if (header[at] >= '0' && header[at] <= '7')
			size = size * 8 + (uint64_t)(header[at] - '0');
	}
	return size;
}

bool archive_has_at(struct source *source, uint64_t offset, uint64_t in_one_piece)
{
	enum { TYPE_AT = 156, NAME_BYTES = 100, PREFIX_AT = 345, PREFIX_BYTES = 155 };
	/* GNU tar's name for a sparse file in the POSIX format. */
	static const char sparse[] = "GNUSparseFile";
	uint8_t header[512];

	if (offset < sizeof(header) ||
	    source_read_at(source, offset - sizeof(header), header, sizeof(header), NULL) < 0)
		return false;
	return is_tar_header(header) && (!header[TYPE_AT] || header[TYPE_AT] == '0') &&
	       size_of_tar_header(header) == in_one_piece &&
	       !memmem(header, NAME_BYTES, sparse, strlen(sparse)) &&
	       !memmem(header + PREFIX_AT, PREFIX_BYTES, sparse, strlen(sparse));
}

bool archive_is_zip(struct source *source)
{
	const uint8_t *data;

	return source_peek(source, 4, &data, NULL) >= 4 &&
	       (!memcmp(data, "PK\3\4", 4) || !memcmp(data, "PK\5\6", 4));
}

bool archive_is_next(struct source *source)
{
	const uint8_t *data;

	return archive_is_zip(source) ||
	       (source_peek(source, 512, &data, NULL) >= 512 && is_tar_header(data));
}

/* ---- libarchive's callbacks ---- */

static void pass_shown(struct archive_reader *reader)
{
	source_consume(reader->source, reader->shown);
	reader->shown = 0;
}

static int report(struct archive_reader *reader)
{
	return source_report(reader->source, reader->progress, &reader->reported, reader->error);
}

static bool is_tar(struct archive *archive)
{
	return (sym_archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
}

static bool is_zip(struct archive *archive)
{
	return (sym_archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

/*
 * Before a member's bytes there are names, attributes and lists of holes, all of which libarchive keeps; in
 * zip, the table of all members. The rest of the previous member is skipped, and not shown.
 */
static int check_head(struct archive_reader *reader)
{
	enum { TAR_MAX = 2 << 20, ZIP_MAX = 32 << 20 };
	size_t most = is_zip(reader->archive) ? ZIP_MAX : TAR_MAX;

	if (!reader->in_head || reader->shown_for_head <= most)
		return 0;
	error_check(reader->error, CHECK_ARCHIVE,
		    "more than %zu MiB of names, attributes or holes at or after member %s",
		    most >> 20, reader->last);
	return error_in_file(reader->error, source_name(reader->source));
}

static int give_up(struct archive_reader *reader)
{
	reader->failed = true;
	sym_archive_set_error(reader->archive, EIO, "the archive cannot be read");
	return ARCHIVE_FATAL;
}

static la_ssize_t show_more(struct archive *archive, void *self, const void **data)
{
	struct archive_reader *reader = self;
	const uint8_t *bytes;
	ssize_t there;

	(void)archive;
	pass_shown(reader);
	there = reader->failed || report(reader) < 0 || check_head(reader) < 0
			? -1
			: source_peek(reader->source, 1, &bytes, reader->error);
	if (there < 0)
		return give_up(reader);
	*data = bytes;
	reader->shown = (size_t)there;
	reader->shown_for_head += (uint64_t)there;
	return there;
}

/*
 * Stops at the end, so that a truncated member is noticed. libarchive has no way to report a failed skip,
 * and repeats the call forever; after a skip of 0 bytes it reads, and the read fails.
 */
static la_int64_t pass(struct archive *archive, void *self, la_int64_t length)
{
	struct archive_reader *reader = self;
	int64_t passed;

	(void)archive;
	pass_shown(reader);
	passed = source_skip(reader->source, (uint64_t)length, reader->error);
	if (passed >= 0 && report(reader) == 0)
		return passed;
	give_up(reader);
	return 0;
}

static la_int64_t go_to(struct archive *archive, void *self, la_int64_t offset, int whence)
{
	struct archive_reader *reader = self;
	int64_t from = 0;

	(void)archive;
	pass_shown(reader);
	if (whence == SEEK_CUR)
		from = (int64_t)source_offset(reader->source);
	else if (whence == SEEK_END)
		from = (int64_t)source_length(reader->source);
	if (from + offset < 0)
		return ARCHIVE_FATAL;
	if (source_seek(reader->source, (uint64_t)(from + offset), reader->error) < 0)
		return give_up(reader);
	return from + offset;
}

static int read_failed(struct archive_reader *reader, struct pimg_error *error)
{
	const char *why = sym_archive_error_string(reader->archive);

	if (reader->failed)
		return -1;
	if (sym_archive_errno(reader->archive) == ENOMEM)
		return error_memory(error);
	error_check(error, CHECK_ARCHIVE, "the archive is damaged or truncated %s%s: %s",
		    reader->last[0] ? "at or after member " : "at the first member", reader->last,
		    why ? why : "unknown error");
	return error_in_file(error, source_name(reader->source));
}

static int set_up(struct archive_reader *reader, bool within)
{
	struct archive *archive = reader->archive;

	sym_archive_read_support_format_tar(archive);
	if (!within)
		sym_archive_read_support_format_zip(archive);
	/* Names are bytes: they need not be valid in the user's locale. */
	sym_archive_read_set_format_option(archive, "tar", "hdrcharset", "BINARY");
	sym_archive_read_set_callback_data(archive, reader);
	sym_archive_read_set_read_callback(archive, show_more);
	sym_archive_read_set_skip_callback(archive, pass);
	/* It would go to the start of the archive. */
	if (!within && source_can_seek(reader->source))
		sym_archive_read_set_seek_callback(archive, go_to);
	return sym_archive_read_open1(archive);
}

static struct archive_reader *reader_open(struct source *source, bool within,
					  const struct pimg_progress *progress,
					  struct pimg_error *error)
{
	struct archive_reader *reader;

	if (libarchive_load(error) < 0)
		return NULL;
	reader = calloc(1, sizeof(*reader));
	if (!reader) {
		error_memory(error);
		return NULL;
	}
	reader->source = source;
	reader->error = error;
	reader->progress = progress;
	reader->archive = sym_archive_read_new();
	if (reader->archive && set_up(reader, within) == ARCHIVE_OK)
		return reader;
	if (reader->archive)
		read_failed(reader, error);
	else
		error_memory(error);
	archive_reader_close(reader);
	return NULL;
}

struct archive_reader *archive_reader_open(struct source *source,
					   const struct pimg_progress *progress,
					   struct pimg_error *error)
{
	return reader_open(source, false, progress, error);
}

struct archive_reader *archive_reader_open_within(struct source *source, struct pimg_error *error)
{
	return reader_open(source, true, NULL, error);
}

void archive_reader_close(struct archive_reader *reader)
{
	if (!reader)
		return;
	reader->error = NULL;
	if (reader->archive)
		sym_archive_read_free(reader->archive);
	free(reader);
}

/*
 * Compression methods of zip that need little memory, by libarchive's names; others need gigabytes if a
 * file says so. Every program that archives CRIU images uses these methods.
 */
static bool is_plain_method(struct archive *archive)
{
	const char *name = sym_archive_format_name(archive);

	return name && (strstr(name, "(uncompressed)") || strstr(name, "(deflation)"));
}

/* Whether the bytes of the member can be read. */
static int check_method(struct archive_reader *reader, struct pimg_error *error)
{
	if (!is_zip(reader->archive))
		return 0;
	if (sym_archive_entry_is_encrypted(reader->entry))
		return error_check(error, CHECK_ARCHIVE,
				   "%s is encrypted; unpack the archive, and use the directory",
				   reader->last);
	if (!is_plain_method(reader->archive))
		return error_check(error, CHECK_ARCHIVE,
				   "%s is compressed by an unsupported zip method (%s); unpack the "
				   "archive, and use the directory",
				   reader->last, sym_archive_format_name(reader->archive));
	return 0;
}

static const char *path_of(struct archive_entry *entry)
{
	const char *path = sym_archive_entry_pathname(entry);

	while (path && (*path == '/' || !strncmp(path, "./", 2)))
		path += *path == '/' ? 1 : 2;
	return path ? path : "";
}

int archive_reader_next(struct archive_reader *reader, struct archive_member *member,
			struct pimg_error *error)
{
	struct archive_entry *entry;
	int result;

	reader->error = error;
	reader->shown_for_head = 0;
	reader->in_head = true;
	result = sym_archive_read_next_header(reader->archive, &entry);
	reader->in_head = false;
	if (result == ARCHIVE_EOF)
		return 0;
	/* Warnings concern only things that do not matter here: times, or names in unusual characters. */
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return read_failed(reader, error);
	reader->entry = entry;
	*member = (struct archive_member){.path = path_of(entry)};
	member->is_file =
		sym_archive_entry_filetype(entry) == AE_IFREG && !sym_archive_entry_hardlink(entry);
	member->is_directory = sym_archive_entry_filetype(entry) == AE_IFDIR;
	member->link = sym_archive_entry_hardlink(entry);
	member->is_hard_link = member->link != NULL;
	if (!member->link)
		member->link = sym_archive_entry_symlink(entry);
	if (member->is_file && is_tar(reader->archive) && sym_archive_entry_size(entry) > 0)
		member->in_one_piece = (uint64_t)sym_archive_entry_size(entry);
	reader->size = sym_archive_entry_size_is_set(entry) && sym_archive_entry_size(entry) > 0
			       ? (uint64_t)sym_archive_entry_size(entry)
			       : 0;
	snprintf(reader->last, sizeof(reader->last), "%s", member->path);
	return 1;
}

uint64_t archive_reader_offset(const struct archive_reader *reader)
{
	return (uint64_t)sym_archive_read_header_position(reader->archive);
}

struct archive_entry *archive_reader_entry(struct archive_reader *reader, int *format)
{
	*format = sym_archive_format(reader->archive);
	return reader->entry;
}

/* Adds zeros up to an offset, if the spool is shorter. */
static int keep_hole(struct spool *spool, uint64_t offset, struct pimg_error *error)
{
	uint64_t at = spool_length(spool);

	return offset > at ? spool_add_hole(spool, offset - at, error) : 0;
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/*
 * How much was read for the output so far. A zip archive, which deflates its members itself, counts as read
 * completely.
 */
static uint64_t taken_until_now(const struct archive_reader *reader)
{
	uint64_t consumed = source_consumed(reader->source);
	uint64_t length = source_length(reader->source);

	return is_zip(reader->archive) && length < consumed ? length : consumed;
}

int archive_reader_keep(struct archive_reader *reader, struct spool *spool,
			struct pimg_error *error)
{
	uint64_t start = spool_length(spool);
	const void *data;
	size_t length;
	la_int64_t offset;
	int result;

	reader->error = error;
	if (check_method(reader, error) < 0)
		return error_in_file(error, source_name(reader->source));
	while ((result = sym_archive_read_data_block(reader->archive, &data, &length, &offset)) ==
	       ARCHIVE_OK) {
		if (keep_hole(spool, add_saturating(start, (uint64_t)offset), error) < 0 ||
		    spool_write(spool, data, length, taken_until_now(reader), error) < 0)
			return error_in_file(error, source_name(reader->source));
	}
	if (result != ARCHIVE_EOF)
		return read_failed(reader, error);
	/* A sparse file may end with a hole. */
	if (keep_hole(spool, add_saturating(start, reader->size), error) < 0)
		return error_in_file(error, source_name(reader->source));
	return 0;
}
