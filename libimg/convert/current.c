// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds out whether an image file is up to date, so that it need not be replaced. */
#include "convert/current.h"

#include "convert/file.h"
#include "image/open.h"
#include "io/compression/decompress.h"
#include "io/source/open.h"

/* Datagrams have only one layout, so only the version can change. Damage is found as in a conversion. */
static int sockets_are_current(const struct pimg_image *image, const char *path,
			       const struct pimg_convert_options *options,
			       const struct pimg_progress *progress, struct pimg_error *error)
{
	bool wants_10 = options->format == PIMG_FORMAT_1_0;
	struct pimg_image *whole;
	int result;

	if (options->format != PIMG_FORMAT_KEEP && image->parts[0].head.format_10 != wants_10)
		return 0;
	whole = image_open(path, options->dump, PIMG_OPEN_UNINDEXED, progress, error);
	result = whole ? image_refuse_damaged(whole, error) : -1;
	pimg_image_close(whole);
	return result < 0 ? -1 : 1;
}

int convert_is_current(struct pimg_image *image, const char *path,
		       const struct pimg_convert_options *options, struct pimg_image *boundaries,
		       const struct pimg_progress *progress, struct pimg_error *error)
{
	struct source *file;
	bool has_frames;
	int result;

	if (image->is_json || options->compress || options->output != PIMG_TO_IMAGE)
		return 0;
	if (!convert_is_given_layout(image, options))
		return sockets_are_current(image, path, options, progress, error);
	file = source_open(path, error);
	if (!file)
		return -1;
	has_frames = compression_of(file) == COMPRESSION_ZSTD_SEEKABLE;
	file = source_plain(file, error);
	result = file ? convert_compare(image, file, has_frames, options, boundaries, progress,
					error)
		      : -1;
	source_close(file);
	return result;
}
