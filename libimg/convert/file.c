// SPDX-License-Identifier: LGPL-2.1-or-later
/* Converts an image file: the output is written, read back and compared. */
#include "convert/file.h"

#include "base/error.h"
#include "convert/boundaries.h"
#include "convert/records.h"
#include "format/magic.h"
#include "image/grow.h"
#include "image/open.h"
#include "pipeimg-private.h"

static void tell_converted(struct convert *convert, size_t number)
{
	const struct image_queue *queue = &convert->from->queues[number];
	const struct pimg_queue_info *info = &queue->info;
	struct pimg_converted report = {
		.type = info->type,
		.id = info->id,
		.from = info->layout,
		.to = convert_layout_of(convert, queue),
		.had_kinds = queue->has_kinds,
		.boundaries_lost = info->boundaries_lost,
		.bytes = info->bytes,
		.packets_before = info->packets,
		.packets = convert->packets,
		.rule = info->bytes ? convert_rule(convert, info) : NULL,
		.by_boundaries = convert_has_reference(convert, queue),
	};

	if (convert->options->converted && !convert->silent)
		convert->options->converted(convert->options->context, &report);
}

static int write_queues(struct convert *convert, struct pimg_error *error)
{
	if (!convert->has_layout)
		return convert_copy_records(convert, error);
	for (size_t i = 0; i < convert->from->queue_count; i++) {
		uint32_t id = convert->from->queues[i].info.id;
		uint64_t offset = sink_offset(convert->to);

		convert->packets = 0;
		if (convert_check_reference(convert, i, error) < 0 ||
		    convert_write_queue(convert, i, error) < 0 ||
		    convert_note_position(convert, id, offset, error) < 0) {
			error_of_queue(error, convert->from->queues[i].info.type, id);
			return error_in_file(error, source_name(convert->from->parts[0].source));
		}
		convert->written++;
		tell_converted(convert, i);
	}
	return 0;
}

static int compare_queue(struct convert *convert, struct pimg_image *found, size_t number,
			 struct pimg_error *error)
{
	const struct pimg_queue_info *info = &convert->from->queues[number].info;
	_cleanup_cursor_ struct cursor wanted_cursor = {0}, found_cursor = {0};
	bool spliced = convert->has_layout && convert->layout == PIMG_LAYOUT_SPLICED;
	struct cursor_difference difference;
	int64_t other = queue_table_find(&found->table, info->type, info->id);
	int result;

	if (other < 0 || found->queues[other].info.capacity != info->capacity) {
		error_data(error, other < 0 ? "is missing from the image written"
					    : "has another capacity in the image written");
		return error_of_queue(error, info->type, info->id);
	}
	if (convert_open_cursor(convert, &wanted_cursor, number, error) < 0 ||
	    cursor_open(&found_cursor, found, (size_t)other, error) < 0)
		return -1;
	result = cursor_compare(&wanted_cursor, &found_cursor, spliced, &difference, error);
	if (result < 0)
		return -1;
	if (result)
		return convert_report_progress(convert, wanted_cursor.reader.source, error);
	cursor_difference_error(&difference, error);
	return error_of_queue(error, info->type, info->id);
}

static int compare_written(struct convert *convert, struct pimg_image *found,
			   struct pimg_error *error)
{
	if (image_refuse_damaged(found, error) < 0)
		return -1;
	if (found->queue_count != convert->from->queue_count)
		return error_data(error, "%zu queue%s written, but %zu read back",
				  convert->from->queue_count, PLURAL_S(convert->from->queue_count),
				  found->queue_count);
	for (size_t i = 0; i < convert->from->queue_count; i++) {
		if (compare_queue(convert, found, i, error) < 0)
			return -1;
	}
	return 0;
}

/* Reads the output back and compares it with the input. A stream cannot be read back. */
static int verify_written(struct convert *convert, struct pimg_error *error)
{
	struct pimg_image *found;
	struct source *source;
	int result = sink_reread(convert->to, &source, true, error);

	if (result <= 0)
		return result;
	found = image_from_source(source, PIMG_OPEN_UNINDEXED, NULL, error);
	if (!found)
		return -1;
	result = compare_written(convert, found, error);
	pimg_image_close(found);
	return result;
}

/* The header of the input, except for the version, which options can change. */
static struct image_head choose_head(const struct pimg_image *from,
				     const struct pimg_convert_options *options)
{
	struct image_head head = from->parts[0].head;

	if (options->format != PIMG_FORMAT_KEEP)
		head.format_10 = options->format == PIMG_FORMAT_1_0;
	return head;
}

/*
 * Whether records are copied unchanged into frames, each of which is decompressed and compared as soon as it
 * is written. Then only the data on disk remains to be checked.
 */
static bool has_proof(const struct convert *convert)
{
	return !convert->has_layout && sink_is_proven(convert->to);
}

bool convert_is_given_layout(const struct pimg_image *image,
			     const struct pimg_convert_options *options)
{
	return options->has_layout && image->parts[0].type != PIMG_SOCKET;
}

static bool is_copied(const struct pimg_image *image, const struct pimg_convert_options *options)
{
	return !image->is_directory && options->output == PIMG_TO_IMAGE &&
	       !convert_is_given_layout(image, options);
}

/* With rules, only an image of datagrams is copied, and no rule applies to it. */
int convert_prepare(struct pimg_image *image, const struct pimg_convert_options *options,
		    const struct pimg_image *whole, struct pimg_error *error)
{
	if (is_copied(image, options))
		return 0;
	if (grow_whole(image, error) < 0)
		return -1;
	if (whole)
		image_learn_from(image, whole);
	return image_refuse_damaged(image, error);
}

static int write_image(struct convert *convert, struct pimg_error *error)
{
	convert->head = choose_head(convert->from, convert->options);
	if (magic_write(convert->to, &convert->head, error) < 0 || write_queues(convert, error) < 0)
		return -1;
	return queue_index_write(&convert->index, convert->to, error);
}

int convert_file(struct pimg_image *from, struct sink *to,
		 const struct pimg_convert_options *options, struct pimg_image *boundaries,
		 const struct pimg_progress *progress, struct pimg_error *error)
{
	struct convert convert = {
		.from = from,
		.to = to,
		.options = options,
		.type = from->parts[0].type,
		.has_layout = convert_is_given_layout(from, options),
		.layout = options->layout,
		.boundaries = boundaries,
		.progress = progress,
	};
	int result = write_image(&convert, error);

	if (result == 0)
		result = has_proof(&convert) ? sink_check(to, error)
					     : verify_written(&convert, error);
	if (result < 0)
		sink_spoil(to, !convert.in_record);
	convert_release(&convert);
	return result < 0 ? error_in_file(error, sink_name(to)) : 0;
}

/* ---- an image that is up to date ---- */

/* The index in the frames of the image must be the one that would be written. */
static int has_index(const struct convert *convert, struct source *like, struct pimg_error *error)
{
	struct queue_index index = {0};
	int result;

	if (!sink_is_proven(convert->to) || convert->index.too_many)
		return 1;
	result = queue_index_read(&index, like, error);
	if (result > 0)
		result = queue_index_equal(&index, &convert->index);
	queue_index_release(&index);
	return result;
}

static int compare_with(struct convert *convert, struct source *like, struct pimg_error *error)
{
	struct pimg_error failure;
	int result = write_image(convert, &failure);

	if (result < 0 && sink_differs(convert->to))
		return 0;
	if (result < 0) {
		if (error)
			*error = failure;
		return error_in_file(error, source_name(like));
	}
	result = sink_is_same(convert->to, error);
	return result > 0 ? has_index(convert, like, error) : result;
}

int convert_compare(struct pimg_image *from, struct source *like, bool has_frames,
		    const struct pimg_convert_options *options, struct pimg_image *boundaries,
		    const struct pimg_progress *progress, struct pimg_error *error)
{
	struct convert convert = {
		.from = from,
		.to = sink_open_comparing(like, has_frames, error),
		.options = options,
		.type = from->parts[0].type,
		.has_layout = true,
		.layout = options->layout,
		.silent = true,
		.boundaries = boundaries,
		.progress = progress,
	};
	int result = convert.to ? compare_with(&convert, like, error) : -1;

	convert.silent = false;
	for (size_t i = 0; i < from->queue_count && result > 0; i++) {
		convert.packets = from->queues[i].info.packets;
		tell_converted(&convert, i);
	}
	sink_abort(convert.to);
	convert_release(&convert);
	return result;
}
