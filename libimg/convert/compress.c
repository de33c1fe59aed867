// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/error.h"
#include "convert/convert.h"
#include "exchange/json.h"
#include "io/compression/decompress.h"
#include "io/source/open.h"

void pimg_compress_levels(int *lowest, int *highest)
{
	*lowest = ZSTD_minCLevel();
	*highest = ZSTD_maxCLevel();
}

static bool is_json(const char *path)
{
	struct source *source = source_open(path, NULL);
	bool found;

	source = source ? source_plain(source, NULL) : NULL;
	found = source && json_is_next(source);
	source_close(source);
	return found;
}

static int check_in_place(const char *path, struct pimg_error *error)
{
	struct stat status;

	if (!strcmp(path, "-"))
		return error_usage(error, "standard input cannot be compressed in place");
	/* A file that cannot be replaced would be overwritten while it is read. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		error_usage(error, "is not a regular file, so it cannot be compressed in place");
		return error_in_file(error, path);
	}
	if (is_json(path)) {
		error_usage(error,
			    "is JSON, which is compressed to an image; name the image with -o");
		return error_in_file(error, path);
	}
	return 0;
}

int pimg_compress(const char *path, const char *to, int level, bool replace,
		  const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_convert_options options = {
		.size = sizeof(options),
		.compress = true,
		.level = level,
		.replace = replace || !to,
		.keep_times = !to,
	};

	if (!to && folder_is_at(path)) {
		error_usage(error, "is a directory, which is compressed to an archive; name the "
				   "archive with -o OUT.tar.zst");
		return error_in_file(error, path);
	}
	if (!to && check_in_place(path, error) < 0)
		return -1;
	return pimg_convert(path, to ? to : path, &options, progress, error);
}
