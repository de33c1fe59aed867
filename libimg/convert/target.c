// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/target.h"

#include <string.h>
#include <sys/stat.h>

#include "io/compression/decompress.h"
#include "io/source/open.h"

struct sink *convert_open_target(const struct pimg_image *image, const char *from, const char *to,
				 bool replace, struct pimg_error *error)
{
	struct sink *sink = sink_open(to, replace, error);

	if (sink && !strcmp(from, to) && !image->file.passes)
		sink_replace_only(sink, &image->file);
	return sink;
}

int convert_choose_compression(const char *from, const char *to, struct sink *sink,
			       const struct pimg_convert_options *options, struct pimg_error *error)
{
	enum compression method = COMPRESSION_NONE;
	struct stat old, new;

	if (options->compress) {
		method = COMPRESSION_ZSTD_SEEKABLE;
	} else if (strcmp(from, "-") && stat(from, &old) == 0 && stat(to, &new) == 0 &&
		   S_ISREG(old.st_mode) && old.st_dev == new.st_dev && old.st_ino == new.st_ino) {
		struct source *source = source_open(from, error);

		if (!source)
			return -1;
		method = compression_of(source);
		source_close(source);
	}
	return sink_compress(sink, method, options->compress ? options->level : 0, error);
}
