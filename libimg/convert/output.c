// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/output.h"

#include "convert/file.h"
#include "convert/pcapng.h"
#include "convert/work.h"
#include "exchange/json.h"
#include "image/open.h"

/* The image in the given layout: itself, or a temporary file. */
static struct pimg_image *in_layout(struct pimg_image *image,
				    const struct pimg_convert_options *options,
				    struct pimg_image *boundaries,
				    const struct pimg_progress *progress, struct pimg_error *error)
{
	struct sink *sink = sink_open_nameless(pimg_image_name(image), error);
	struct source *source = NULL;

	if (sink && convert_file(image, sink, options, boundaries, progress, error) == 0)
		sink_reread(sink, &source, true, error);
	sink_abort(sink);
	return source ? image_from_source(source, PIMG_OPEN_UNINDEXED, NULL, error) : NULL;
}

static int write_json(struct pimg_image *image, struct sink *sink, bool line,
		      const struct pimg_progress *progress, struct pimg_error *error)
{
	if (json_write(sink, image->parts[0].source, image->parts[0].type, progress, error) < 0)
		return -1;
	/* crit ends the line only on standard output. */
	if (line && sink_write(sink, "\n", 1, error) < 0)
		return -1;
	return sink_check(sink, error);
}

/* Writes all queues of an image or a directory. */
static int write_pcapng(struct pimg_image *image, struct sink *sink,
			const struct pimg_convert_options *options, struct pimg_image *boundaries,
			const struct pimg_progress *progress, struct pimg_error *error)
{
	struct convert convert = {
		.from = image,
		.to = sink,
		.options = options,
		.boundaries = boundaries,
		.progress = progress,
	};
	int result = convert_write_pcapng(&convert, error);

	convert_release(&convert);
	return result;
}

int convert_write(struct pimg_image *image, struct sink *sink, bool line,
		  const struct pimg_convert_options *options, struct pimg_image *boundaries,
		  const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_convert_options packets = *options;
	struct pimg_image *other = NULL;
	int result;

	if (options->output == PIMG_TO_IMAGE)
		return convert_file(image, sink, options, boundaries, progress, error);
	if (options->output == PIMG_TO_PCAPNG)
		return write_pcapng(image, sink, options, boundaries, progress, error);
	/* Records of two images are written to one. */
	if (image->part_count > 1 && !options->has_layout) {
		packets.has_layout = true;
		packets.layout = PIMG_LAYOUT_PACKETS;
	}
	if (convert_is_given_layout(image, &packets)) {
		other = in_layout(image, &packets, boundaries, progress, error);
		if (!other)
			return -1;
	}
	result = write_json(other ? other : image, sink, line, progress, error);
	pimg_image_close(other);
	return result;
}
