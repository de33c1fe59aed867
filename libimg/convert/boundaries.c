// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/boundaries.h"

#include <inttypes.h>

#include "base/error.h"

const char *convert_rule(const struct convert *convert, const struct pimg_queue_info *info)
{
	const char *found = NULL;

	if (info->packets || info->type == PIMG_SOCKET)
		return NULL;
	for (size_t i = 0; i < convert->options->frame_count; i++) {
		const struct pimg_frame_choice *choice = &convert->options->frames[i];

		if (!choice->for_all && choice->id == info->id)
			return choice->rule;
		if (choice->for_all)
			found = choice->rule;
	}
	return found;
}

/* The queue in the other image that has the boundaries of this one, or -1. */
static int64_t find_reference(const struct convert *convert, const struct image_queue *queue)
{
	const struct pimg_queue_info *info = &queue->info;

	if (!convert->boundaries || info->packets || !info->bytes)
		return -1;
	return queue_table_find_in(&convert->boundaries->table,
				   image_queue_set(convert->from, queue), info->type, info->id);
}

bool convert_has_reference(const struct convert *convert, const struct image_queue *queue)
{
	return !convert_rule(convert, &queue->info) && find_reference(convert, queue) >= 0;
}

static int open_reference(struct convert *convert, struct cursor *cursor, int64_t queue,
			  struct pimg_error *error)
{
	cursor_close(&convert->reference);
	if (cursor_open(&convert->reference, convert->boundaries, (size_t)queue, error) < 0)
		return -1;
	cursor_set_reference(cursor, &convert->reference);
	return 0;
}

/* A rule has priority over a reference. */
int convert_open_cursor(struct convert *convert, struct cursor *cursor, size_t queue,
			struct pimg_error *error)
{
	const struct pimg_queue_info *info = &convert->from->queues[queue].info;
	const char *rule = convert_rule(convert, info);
	int64_t reference = rule ? -1 : find_reference(convert, &convert->from->queues[queue]);

	if ((rule && framing_parse(rule, &convert->rule, error) < 0) ||
	    cursor_open(cursor, convert->from, queue, error) < 0)
		return -1;
	cursor_set_progress(cursor, convert->progress);
	cursor_set_frame(cursor, rule ? &convert->rule : NULL);
	return reference < 0 ? 0 : open_reference(convert, cursor, reference, error);
}

int convert_check_reference(struct convert *convert, size_t queue, struct pimg_error *error)
{
	const struct pimg_queue_info *info = &convert->from->queues[queue].info;
	_cleanup_cursor_ struct cursor ours = {0}, theirs = {0};
	int64_t reference = find_reference(convert, &convert->from->queues[queue]);
	struct cursor_difference difference;
	int result;

	if (reference < 0 || convert_rule(convert, info))
		return 0;
	if (cursor_open(&ours, convert->from, queue, error) < 0 ||
	    cursor_open(&theirs, convert->boundaries, (size_t)reference, error) < 0)
		return -1;
	result = cursor_compare(&ours, &theirs, true, &difference, error);
	if (result)
		return result < 0 ? -1 : 0;
	return error_data(error,
			  "has different bytes in %s, so the boundaries there cannot be used: the "
			  "first difference is at byte %" PRIu64,
			  pimg_image_name(convert->boundaries), difference.offset);
}

int convert_check_slots(const struct convert *convert, const struct image_queue *queue,
			uint64_t chunks, struct pimg_error *error)
{
	const char *from = convert_rule(convert, &queue->info);
	struct frame_limits limits = frame_limits_of(&queue->origin);

	if (!from && !convert_has_reference(convert, queue))
		return 0;
	return frame_check_slots(from ? from : pimg_image_name(convert->boundaries), chunks,
				 queue->info.capacity, &limits, error);
}
