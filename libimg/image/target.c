// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/target.h"

#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "image/image.h"
#include "io/sink/sink.h"
#include "pipeimg-private.h"

static bool is_from(const struct pimg_image *image, const struct stat *status)
{
	struct file_identity file = {
		.known = true, .device = status->st_dev, .inode = status->st_ino};

	if (image->file.known && image->file.device == file.device &&
	    image->file.inode == file.inode)
		return true;
	return image->folder && folder_has_file(image->folder, &file);
}

int pimg_check_target(const struct pimg_image *image, const char *to, bool *exists,
		      struct pimg_error *error)
{
	struct stat status;

	*exists = false;
	if (!strcmp(to, "-"))
		return error_usage(error, "cannot write this to standard output; name a file");
	/* The sink refuses invalid names. */
	if (stat(to, &status) < 0)
		return 0;
	*exists = true;
	if (S_ISDIR(status.st_mode))
		error_usage(error, "is a directory; name a file in it");
	else if (!S_ISREG(status.st_mode))
		error_usage(error, "is not a regular file; name a new one");
	else if (image && is_from(image, &status))
		error_usage(error, "%s and would be overwritten",
			    image->file.known ? "is the image itself" : "belongs to the image");
	else
		return 0;
	return error_in_file(error, to);
}

int target_check(const struct pimg_image *image, const char *to, bool replace,
		 struct pimg_error *error)
{
	bool exists;

	if (pimg_check_target(image, to, &exists, error) < 0)
		return -1;
	if (!exists || replace)
		return 0;
	error_usage(error, SINK_TARGET_EXISTS);
	return error_in_file(error, to);
}

int pimg_write_file(const char *to, const void *data, size_t length, bool replace,
		    struct pimg_error *error)
{
	struct sink *sink;

	if (target_check(NULL, to, replace, error) < 0)
		return -1;
	sink = sink_open(to, replace, error);
	if (!sink)
		return -1;
	if (sink_write(sink, data, length, error) == 0 && sink_check(sink, error) == 0)
		return sink_commit(sink, error);
	sink_abort(sink);
	return -1;
}
