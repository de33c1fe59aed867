// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/candidate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "format/directory-names.h"
#include "format/foreign.h"
#include "format/magic.h"
#include "format/saved.h"
#include "image/content.h"
#include "image/find-dumps.h"
#include "io/archive/reader.h"
#include "io/compression/decompress.h"
#include "io/source/open.h"

/* ---- by name ---- */

#define LONGEST_NAME 256

/* Removes the last suffix if it is one of these. */
static bool take_ending(char *name, const char *const *endings)
{
	char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && endings[i]; i++) {
		if (!strcmp(dot + 1, endings[i])) {
			*dot = '\0';
			return true;
		}
	}
	return false;
}

static bool is_queue_image(const char *name)
{
	for (size_t i = 0; i < QUEUE_TYPES; i++) {
		if (!strcmp(name, directory_queue_images[i]))
			return true;
	}
	return !strcmp(name, SAVED_PIPES) || !strcmp(name, SAVED_FIFOS);
}

static bool ends_with(const char *name, const char *ending)
{
	size_t length = strlen(name), wanted = strlen(ending);

	return length > wanted && !strcmp(name + length - wanted, ending);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_named(const char *path)
{
	static const char *const wrappings[] = {"gz",  "zst", "xz",  "bz2", "lz4", "lz",
						"age", "gpg", "pgp", "enc", NULL};
	static const char *const archives[] = {"tar",  "tgz",  "tzst", "txz", "tbz",
					       "tbz2", "tlz4", "zip",  NULL};
	char name[LONGEST_NAME];

	if (strlen(base_of(path)) >= sizeof(name))
		return false;
	strcpy(name, base_of(path));
	while (take_ending(name, wrappings))
		;
	return is_queue_image(name) || (take_ending(name, archives) && strstr(name, "checkpoint"));
}

/* ---- by content ---- */

/* At least three bytes of the magic numbers, but not all: fewer may match by chance. */
static bool is_cut_image(struct source *source)
{
	/* In both byte orders. */
	static const uint8_t common[][4] = {{0x19, 0x43, 0x56, 0x54}, {0x54, 0x56, 0x43, 0x19}};
	enum { SURE = 3, BOTH = 8 };
	const uint8_t *data;
	ssize_t there = source_peek(source, BOTH, &data, NULL);
	size_t compared = there < 4 ? SURE : 4;

	return there >= SURE && there < BOTH &&
	       (!memcmp(data, common[0], compared) || !memcmp(data, common[1], compared));
}

static bool is_empty(struct source *source)
{
	const uint8_t *data;

	return source_peek(source, 1, &data, NULL) == 0;
}

/* ---- opening ---- */

/* Whether a checkpoint may be in a damaged file. @trouble: why the content could not be read */
static bool may_be(const char *path, bool is_zip, const struct pimg_error *trouble)
{
	switch (error_check_of(trouble)) {
	case CHECK_COMPRESSION:
	case CHECK_COMPRESSION_CUT:
	case CHECK_DIGEST:
	case CHECK_MISSING_BLOB:
		return true;
	case CHECK_ARCHIVE:
		/* Many documents and programs are zip archives, and some are written carelessly. */
		return !is_zip || ends_with(path, ".zip");
	default:
		/* It needs more memory than an untrusted file gets, or contains nothing of a dump. */
		return trouble->status != PIMG_BAD_DATA;
	}
}

static int failed(const char *path, bool is_zip, const struct pimg_error *trouble,
		  struct pimg_error *error)
{
	if (!may_be(path, is_zip, trouble) && !is_named(path))
		return 0;
	if (error)
		*error = *trouble;
	return error_in_file(error, path);
}

/* Takes ownership of the source. */
static int open_archive(struct image_content *content, struct source *source, const char *path,
			const struct pimg_progress *progress, struct pimg_error *error)
{
	bool is_zip = archive_is_zip(source);
	struct pimg_error trouble;

	if (dumps_of_archive(&content->dumps, source, false, progress, &trouble) == 0)
		return 1;
	image_content_close(content);
	return failed(path, is_zip, &trouble, error);
}

/* A container image that is not one of a checkpoint is skipped. */
static int open_directory(struct image_content *content, const char *path,
			  const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_error trouble;

	if (dumps_at(&content->dumps, path, false, progress, &trouble) == 0)
		return 1;
	image_content_close(content);
	if (error_check_of(&trouble) == CHECK_ARCHIVE_EMPTY)
		return 0;
	return error_copy(error, &trouble);
}

int candidate_open(struct image_content *content, const char *path,
		   const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_error trouble;
	struct source *source;
	const uint8_t *data;
	int found;

	*content = (struct image_content){0};
	if (folder_is_at(path))
		return open_directory(content, path, progress, error);
	found = source_open_at(AT_FDCWD, path, path, &source, error);
	if (found <= 0)
		return found;
	content->file = source->file;
	source = source_plain(source, &trouble);
	if (!source || source_peek(source, 8, &data, &trouble) < 0) {
		source_close(source);
		return failed(path, false, &trouble, error);
	}
	if (archive_is_next(source))
		return open_archive(content, source, path, progress, error);
	if (magic_is_of_queues(source) || is_cut_image(source) || foreign_is_stream(source) ||
	    is_named(path) || (ends_with(path, ".img") && is_empty(source))) {
		content->source = source;
		return 1;
	}
	source_close(source);
	return 0;
}

/* The image directory of an unpacked container export, even if it is empty. */
static bool is_in_export(const char *path)
{
	struct folder *folder;
	bool found;

	if (strcmp(base_of(path), FOLDER_OF_EXPORT) != 0)
		return false;
	folder = folder_open_export(path, directory_roles, NULL);
	found = folder && folder_has_above(folder, "config.dump");
	folder_close(folder);
	return found;
}

static bool is_dump(const struct folder *folder)
{
	bool found = folder_has_trace(folder);

	for (size_t i = 0; i < QUEUE_TYPES; i++)
		found |= folder_has(folder, directory_queue_images[i]);
	return found;
}

/* ---- probing ---- */

static enum pimg_content probe_directory(const char *path)
{
	struct folder *folder = folder_open(path, directory_roles, NULL);
	enum pimg_content content = PIMG_CONTENT_OTHER;

	if (folder && (is_dump(folder) || is_in_export(path)))
		content = PIMG_CONTENT_DIRECTORY;
	else if (folder && oci_is_surely_at(folder))
		content = PIMG_CONTENT_LAYOUT;
	folder_close(folder);
	return content;
}

static int probe_file(const char *path, enum pimg_content *content, struct pimg_error *error)
{
	struct image_content opened;
	struct pimg_error trouble;
	int found = candidate_open(&opened, path, NULL, &trouble);

	if (found < 0 && trouble.status != PIMG_BAD_DATA)
		return error_copy(error, &trouble);
	if (found < 0)
		*content = error_check_of(&trouble) == CHECK_ARCHIVE ? PIMG_CONTENT_DIRECTORY
								     : PIMG_CONTENT_QUEUES;
	if (found <= 0)
		return 0;
	*content = opened.source ? PIMG_CONTENT_QUEUES : PIMG_CONTENT_DIRECTORY;
	image_content_close(&opened);
	return 0;
}

int pimg_probe(const char *path, enum pimg_content *content, struct pimg_error *error)
{
	struct stat status;

	*content = PIMG_CONTENT_OTHER;
	if (lstat(path, &status) < 0) {
		if (errno == ENOENT)
			return 0;
		error_system(error, errno, "cannot open");
		return error_in_file(error, path);
	}
	if (S_ISDIR(status.st_mode))
		*content = probe_directory(path);
	return S_ISREG(status.st_mode) ? probe_file(path, content, error) : 0;
}
