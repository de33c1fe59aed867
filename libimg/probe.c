// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a path is, told by a short look: for who searches for images. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "format/directory.h"
#include "format/magic.h"
#include "image.h"
#include "io/archive.h"
#include "io/decompress.h"
#include "io/error.h"

/* True where the directory has one of the images that make it one of queues, or of CRIU. */
static bool is_image_directory(const char *path)
{
	struct folder *folder = folder_open(path, directory_roles, NULL);
	bool found = folder && folder_has_trace(folder);

	for (size_t i = 0; folder && i < PARTS_MAX; i++)
		found |= folder_has(folder, directory_queue_images[i]);
	folder_close(folder);
	return found;
}

static bool is_enough_to_probe(struct folder *folder, bool left)
{
	(void)folder;
	(void)left;
	return true;
}

/* What is damaged so that it cannot be looked into may be anything: who opens it is told why. */
static int suspect(const char *path, enum pimg_content guess, const struct pimg_error *trouble,
		   enum pimg_content *content, struct pimg_error *error)
{
	switch (trouble->check) {
	case CHECK_COMPRESSION:
	case CHECK_COMPRESSION_CUT:
	case CHECK_ARCHIVE_MANY:
		*content = guess;
		return 0;
	default:
		/* It needs more memory than is given unseen, or has nothing of an image. */
		if (trouble->status == PIMG_BAD_DATA)
			return 0;
	}
	if (error)
		*error = *trouble;
	return error_in_file(error, path);
}

/* Takes the source over. */
static int probe_archive(struct source *archive, const char *path, enum pimg_content *content,
			 struct pimg_error *error)
{
	struct pimg_error trouble;
	struct folder *folder = folder_of_archive(archive, directory_roles, is_enough_to_probe,
						  NULL, NULL, &trouble);

	if (!folder)
		return suspect(path, PIMG_CONTENT_DIRECTORY, &trouble, content, error);
	*content = PIMG_CONTENT_DIRECTORY;
	folder_close(folder);
	return 0;
}

int pimg_probe(const char *path, enum pimg_content *content, struct pimg_error *error)
{
	struct source *source;
	int found;
	struct image_head head;
	enum pimg_type type;
	struct pimg_error trouble;
	struct stat status;
	const uint8_t *data;

	*content = PIMG_CONTENT_OTHER;
	if (lstat(path, &status) < 0) {
		if (errno == ENOENT)
			return 0;
		error_system(error, errno, "cannot open");
		return error_in_file(error, path);
	}
	if (S_ISDIR(status.st_mode) && is_image_directory(path))
		*content = PIMG_CONTENT_DIRECTORY;
	if (!S_ISREG(status.st_mode))
		return 0;
	found = source_open_at(AT_FDCWD, path, path, &source, error);
	/* Gone since. */
	if (found <= 0)
		return found;
	source = source_plain(source, &trouble);
	if (!source || source_peek(source, 8, &data, &trouble) < 0) {
		source_close(source);
		return suspect(path, PIMG_CONTENT_QUEUES, &trouble, content, error);
	}
	if (archive_is_next(source))
		return probe_archive(source, path, content, error);
	if (magic_read(source, &head, NULL) == 0 && image_kind_is_queues(head.kind, &type))
		*content = PIMG_CONTENT_QUEUES;
	source_close(source);
	return 0;
}
