// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/convert.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/sized.h"
#include "convert/archive.h"
#include "convert/choice.h"
#include "convert/container-image.h"
#include "convert/current.h"
#include "convert/directory.h"
#include "convert/each.h"
#include "convert/file.h"
#include "convert/output.h"
#include "convert/target.h"
#include "format/dump-path.h"
#include "format/layout.h"
#include "image/open.h"
#include "io/compression/decompress.h"
#include "io/source/open.h"
#include "pipeimg-private.h"
#include "verify/verify.h"

/* ---- options ---- */

static bool asks_for_boundaries(const struct pimg_convert_options *options)
{
	return options->frame_count || options->boundaries;
}

/* A rule for a single pipe must apply to it. */
static int check_frames(const struct pimg_image *image, const struct pimg_convert_options *options,
			struct pimg_error *error)
{
	for (size_t i = 0; i < options->frame_count; i++) {
		const struct pimg_frame_choice *choice = &options->frames[i];
		int64_t queue = queue_table_find(&image->table, PIMG_PIPE, choice->id);
		enum pimg_type type = PIMG_PIPE;

		if (choice->for_all)
			continue;
		if (queue < 0)
			queue = queue_table_find(&image->table, PIMG_FIFO, choice->id);
		if (queue >= 0)
			type = image->queues[queue].info.type;
		if (queue >= 0 && !image->queues[queue].info.packets)
			continue;
		error_usage(
			error,
			queue < 0 ? "a rule is given for it, but the image has no such pipe"
				  : "a rule is given for it, but its packet boundaries are known");
		error_of_queue(error, type, choice->id);
		return error_in_file(error, image->name);
	}
	return 0;
}

int convert_check(const struct pimg_image *image, const struct pimg_convert_options *options,
		  struct pimg_error *error)
{
	if (image_refuse_damaged(image, error) < 0)
		return -1;
	return check_frames(image, options, error);
}

/* Sets options that are not given, and reads what this depends on. */
static int settle_options(struct pimg_image *image, const char *to,
			  struct pimg_convert_options *options, struct pimg_error *error)
{
	bool is_open = !options->has_layout && asks_for_boundaries(options);

	if (options->has_layout && options->layout == PIMG_LAYOUT_SPLICED &&
	    asks_for_boundaries(options))
		return error_usage(error, "the spliced layout keeps no boundaries");
	options->has_layout |= is_open;
	if (convert_prepare(image, options, NULL, error) < 0 ||
	    convert_choose_type(image, options, error) < 0)
		return -1;
	if (!convert_is_each(to, options) && convert_choose_part(image, options, error) < 0)
		return -1;
	if (is_open)
		options->layout = image->is_dump ? PIMG_LAYOUT_INDEXED : PIMG_LAYOUT_PACKETS;
	return check_frames(image, options, error);
}

/* ---- targets ---- */

static int check_target(const struct pimg_image *image, const char *to,
			const struct pimg_convert_options *options, struct pimg_error *error)
{
	if (!image->part_count && options->output == PIMG_TO_JSON) {
		error_usage(error, "has no queue image");
		return error_in_file(error, image->name);
	}
	/* CRIU could no longer restore the dump. */
	if ((options->output == PIMG_TO_IMAGE && !options->compress) || !path_is_image_of_dump(to))
		return 0;
	error_usage(error, options->compress ? "is an image of a dump, and CRIU cannot read "
					       "compressed images; write to another file"
					     : "is an image of a dump, and CRIU cannot read "
					       "another format; write to another file");
	return error_in_file(error, to);
}

static int convert_image(struct pimg_image *image, const char *from, const char *to,
			 const struct pimg_convert_options *options, struct pimg_image *boundaries,
			 const struct pimg_progress *progress, struct pimg_error *error)
{
	struct sink *sink;
	int result = 0;

	if (options->keep_current)
		result = convert_is_current(image, from, options, boundaries, progress, error);
	if (result)
		return result;
	sink = convert_open_target(image, from, to, options->replace, error);
	if (!sink)
		return -1;
	result = convert_choose_compression(from, to, sink, options, error);
	if (result == 0)
		result = convert_write(image, sink, !strcmp(to, "-"), options, boundaries, progress,
				       error);
	if (result < 0) {
		sink_abort(sink);
		return -1;
	}
	if (options->keep_times)
		sink_keep_times(sink);
	return sink_commit(sink, error);
}

/* Records that are copied into verified frames are read only once, in order. */
static bool is_read_once(const struct pimg_convert_options *options)
{
	return options->output == PIMG_TO_IMAGE && options->compress && !options->has_layout &&
	       !asks_for_boundaries(options);
}

/* JSON may have been edited into something that no pipe can contain. */
static int check_json(const struct pimg_image *image, const struct pimg_progress *progress,
		      struct pimg_error *error)
{
	int result = 0;

	if (image->is_json)
		result = verify_refuse_errors(image->parts[0].source, progress, error);
	if (result < 0 && error && error_check_of(error) == CHECK_PAYLOAD_CHECKSUM)
		error_append(error, "; if you edited it, remove its \"xxh3\" and "
				    "\"message_xxh3\", and pipeimg computes new ones");
	return result;
}

typedef int (*way_fn)(struct pimg_image *image, const char *from, const char *to,
		      const struct pimg_convert_options *options, struct pimg_image *boundaries,
		      const struct pimg_progress *progress, struct pimg_error *error);

static int convert_each_image(struct pimg_image *image, const char *from, const char *to,
			      const struct pimg_convert_options *options,
			      struct pimg_image *boundaries, const struct pimg_progress *progress,
			      struct pimg_error *error)
{
	(void)from;
	return convert_each(image, to, options, boundaries, progress, error);
}

static int convert_whole_archive(struct pimg_image *image, const char *from, const char *to,
				 const struct pimg_convert_options *options,
				 struct pimg_image *boundaries,
				 const struct pimg_progress *progress, struct pimg_error *error)
{
	return convert_archive(&image, 1, from, to, options, boundaries, progress, error);
}

/* An image of a directory, which becomes a file. Its records are copied unchanged unless the hook has others. */
static int convert_member(struct pimg_image *image, const char *from, const char *to,
			  const struct pimg_convert_options *options, struct pimg_image *boundaries,
			  const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_convert_options packets = *options;
	struct pimg_image *member;
	int result = -1;

	if (image->part_count > 1 || image->parts[0].is_saved) {
		packets.layout = options->has_layout ? options->layout : PIMG_LAYOUT_PACKETS;
		packets.has_layout = true;
		return convert_image(image, from, to, &packets, boundaries, progress, error);
	}
	member = image_of_part(image, &image->parts[0], progress, error);
	if (member && convert_prepare(member, options, image, error) == 0)
		result = convert_image(member, from, to, options, boundaries, progress, error);
	pimg_image_close(member);
	return result;
}

static way_fn choose_way(const struct pimg_image *image, const struct pimg_convert_options *options,
			 const char *to)
{
	if (convert_is_each(to, options))
		return convert_each_image;
	if (!image->is_directory || options->output != PIMG_TO_IMAGE)
		return convert_image;
	return options->has_type ? convert_member : convert_whole_archive;
}

/* Opens all dumps of an archive. @images: room for all of them; those that were opened are the caller's */
static int open_dumps(struct image_content *content, struct pimg_image **images,
		      const struct pimg_progress *progress, struct pimg_error *error)
{
	const struct pimg_open_options opening = {
		.flags = PIMG_OPEN_UNINDEXED | PIMG_OPEN_GROWING,
		.progress = progress,
	};

	for (size_t i = 0; i < content->dumps.count; i++) {
		images[i] = image_of_content(content, i, &opening, error);
		if (!images[i])
			return -1;
	}
	return 0;
}

static int settle_dumps(struct pimg_image **images, size_t count, const char *to,
			struct pimg_convert_options *options, convert_choose_fn choose,
			struct pimg_error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (choose)
			choose(images[i], to, options);
		if (check_target(images[i], to, options, error) < 0 ||
		    settle_options(images[i], to, options, error) < 0)
			return -1;
	}
	return 0;
}

/* An archive of several dumps becomes another. Closes the content. */
static int convert_dumps(struct image_content *content, const char *from, const char *to,
			 struct pimg_convert_options *options, convert_choose_fn choose,
			 struct pimg_image *boundaries, const struct pimg_progress *progress,
			 struct pimg_error *error)
{
	size_t count = content->dumps.count;
	struct pimg_image **images = calloc(count, sizeof(struct pimg_image *));
	int result = images ? open_dumps(content, images, progress, error) : error_memory(error);

	if (result == 0)
		result = settle_dumps(images, count, to, options, choose, error);
	if (result == 0)
		result = convert_archive(images, count, from, to, options, boundaries, progress,
					 error);
	for (size_t i = 0; images && i < count; i++)
		pimg_image_close(images[i]);
	free(images);
	image_content_close(content);
	return result;
}

static bool is_for_all_dumps(const char *to, const struct pimg_convert_options *options)
{
	return options->output == PIMG_TO_IMAGE && !options->dump && !options->has_type &&
	       !convert_is_each(to, options);
}

static int convert_path(const char *from, const char *to, const struct pimg_convert_options *given,
			convert_choose_fn choose, struct pimg_image *boundaries,
			const struct pimg_progress *progress, struct pimg_error *error)
{
	unsigned once = is_read_once(given) ? IMAGE_ONCE : 0;
	unsigned again = given->output == PIMG_TO_IMAGE ? IMAGE_AGAIN : 0;
	const struct pimg_open_options opening = {
		.flags = PIMG_OPEN_UNINDEXED | PIMG_OPEN_GROWING | once | again,
		.progress = progress,
	};
	struct pimg_convert_options options = *given;
	struct image_content content;
	struct pimg_image *image = NULL;
	int result = -1;
	size_t number;

	if (image_content_of(&content, from, &opening, error) < 0)
		return -1;
	options.keep_current &= !strcmp(from, to);
	if (content.dumps.count > 1 && is_for_all_dumps(to, given))
		return convert_dumps(&content, from, to, &options, choose, boundaries, progress,
				     error);
	if (image_content_choose(&content, given->dump, &number, error) == 0)
		image = image_of_content(&content, number, &opening, error);
	image_content_close(&content);
	if (!image)
		return -1;
	if (choose)
		choose(image, to, &options);
	if (check_target(image, to, &options, error) == 0 &&
	    check_json(image, progress, error) == 0 &&
	    settle_options(image, to, &options, error) == 0)
		result = choose_way(image, &options, to)(image, from, to, &options, boundaries,
							 progress, error);
	pimg_image_close(image);
	return result;
}

static int convert_tree(const char *from, const char *to, const struct pimg_convert_options *given,
			convert_choose_fn choose, struct pimg_image *boundaries,
			const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_image *image = image_open(
		from, given->dump, PIMG_OPEN_UNINDEXED | PIMG_OPEN_GROWING, progress, error);
	struct pimg_convert_options options = *given;
	int result;

	if (!image)
		return -1;
	if (choose)
		choose(image, to, &options);
	options.keep_current = false;
	/* The dump may be in a directory below. */
	from = pimg_image_name(image);
	result = check_target(image, to, &options, error);
	if (result == 0)
		result = settle_options(image, to, &options, error);
	if (result == 0)
		result = options.compress || convert_is_container_image(image)
				 ? convert_archive(&image, 1, from, to, &options, boundaries,
						   progress, error)
				 : convert_directory(image, to, &options, boundaries, progress,
						     error);
	pimg_image_close(image);
	return result;
}

/* Other values would be indices beyond the tables. */
static int check_options(const struct pimg_convert_options *options, struct pimg_error *error)
{
	if (options->output > PIMG_TO_PCAPNG)
		return error_usage(error, "unknown output %u", options->output);
	if (options->has_type && options->type > PIMG_SOCKET)
		return error_usage(error, "unknown type %u", options->type);
	if (options->format > PIMG_FORMAT_1_1)
		return error_usage(error, "unknown format version %u", options->format);
	return options->has_layout ? layout_check(options->layout, error) : 0;
}

int convert_choosing(const char *from, const char *to, const struct pimg_convert_options *options,
		     convert_choose_fn choose, const struct pimg_progress *progress,
		     struct pimg_error *error)
{
	struct pimg_image *boundaries = NULL;
	int result = check_options(options, error);

	ASK_WHEN_INTERRUPTED(progress);
	if (result == 0 && options->boundaries) {
		boundaries =
			image_open(options->boundaries, NULL, PIMG_OPEN_UNINDEXED, progress, error);
		result = boundaries ? image_refuse_damaged(boundaries, error) : -1;
	}
	if (result == 0)
		result =
			options->output == PIMG_TO_IMAGE && !options->has_type && folder_is_at(from)
				? convert_tree(from, to, options, choose, boundaries, progress,
					       error)
				: convert_path(from, to, options, choose, boundaries, progress,
					       error);
	pimg_image_close(boundaries);
	return result;
}

int convert_take_options(struct pimg_convert_options *options,
			 const struct pimg_convert_options *given, struct pimg_error *error)
{
	if (sized_take(options, sizeof(*options), given, SIZE_TO(struct pimg_convert_options, dump),
		       error) < 0)
		return -1;
	for (size_t i = 0; i < options->frame_count; i++) {
		if (pimg_frame_parse(options->frames[i].rule, error) < 0)
			return -1;
	}
	return 0;
}

int pimg_convert(const char *from, const char *to, const struct pimg_convert_options *given,
		 const struct pimg_progress *progress, struct pimg_error *error)
{
	struct pimg_convert_options options;

	if (convert_take_options(&options, given, error) < 0)
		return -1;
	return convert_choosing(from, to, &options, NULL, progress, error);
}
