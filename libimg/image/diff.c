// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "image/cursor.h"
#include "image/diff-join.h"
#include "image/image.h"

struct diff {
	struct pimg_image *images[2];
	void (*tell)(void *context, const struct pimg_difference *difference);
	void *context;
	const struct pimg_progress *progress;
	struct diff_pairs pairs;
	bool differs;
};

static const struct pimg_queue_info *info_of(const struct diff *diff, int image, size_t queue)
{
	return &diff->images[image]->queues[queue].info;
}

/* ---- differences ---- */

/* Reads bytes of a queue from an offset on. Returns their number, at most size, or -1. */
static ssize_t read_bytes(struct pimg_image *image, size_t queue, uint64_t offset, uint8_t *buffer,
			  size_t size, struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor cursor = {0};
	uint64_t length, at = 0;
	enum pimg_kind kind;
	size_t count = 0;
	int result;

	if (cursor_open(&cursor, image, queue, error) < 0)
		return -1;
	while (count < size && (result = cursor_next_chunk(&cursor, &kind, &length, error)) != 0) {
		const uint8_t *data;
		ssize_t there;

		if (result < 0)
			return -1;
		if (at + length <= offset) {
			at += length;
			continue;
		}
		while (count < size && (there = cursor_read(&cursor, &data, error)) != 0) {
			if (there < 0)
				return -1;
			for (ssize_t i = 0; i < there && count < size; i++, at++) {
				if (at >= offset)
					buffer[count++] = data[i];
			}
		}
	}
	return (ssize_t)count;
}

/* Adds the line of sixteen bytes with the first difference, and the next line. */
static int add_bytes(struct diff *diff, const size_t queues[2], struct pimg_difference *difference,
		     struct pimg_error *error)
{
	difference->bytes_offset = difference->offset & ~UINT64_C(15);
	for (int i = 0; i < 2; i++) {
		ssize_t count =
			read_bytes(diff->images[i], queues[i], difference->bytes_offset,
				   difference->bytes[i], sizeof(difference->bytes[i]), error);

		if (count < 0)
			return -1;
		difference->byte_count[i] = (size_t)count;
	}
	return 0;
}

/* Adds the chunks of one side, from the different one on. */
static int add_chunks(struct diff *diff, int side, size_t queue, struct pimg_difference *difference,
		      struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor cursor = {0};
	uint64_t length, number = 0, offset = 0;
	enum pimg_kind kind;
	int result;

	if (cursor_open(&cursor, diff->images[side], queue, error) < 0)
		return -1;
	cursor_set_progress(&cursor, diff->progress);
	while ((result = cursor_next_chunk(&cursor, &kind, &length, error)) > 0) {
		if (++number >= difference->chunk_number[side]) {
			if (difference->next_count[side] == PIMG_DIFFERENCE_CHUNKS) {
				difference->has_more_next[side] = true;
				return 0;
			}
			difference->next[side][difference->next_count[side]++] =
				(struct pimg_chunk){kind, (uint32_t)length, offset};
		}
		offset += length;
	}
	return result;
}

static int compare_bytes(struct diff *diff, const size_t queues[2],
			 struct pimg_difference *difference, struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor ours = {0}, theirs = {0};
	struct cursor_difference found;
	int result;

	if (cursor_open(&ours, diff->images[0], queues[0], error) < 0 ||
	    cursor_open(&theirs, diff->images[1], queues[1], error) < 0)
		return -1;
	cursor_set_progress(&ours, diff->progress);
	result = cursor_compare(&ours, &theirs, true, &found, error);
	difference->same_bytes = result > 0;
	return result < 0 ? -1 : 0;
}

static int describe(struct diff *diff, const size_t queues[2], struct pimg_difference *difference,
		    struct pimg_error *error)
{
	if (add_bytes(diff, queues, difference, error) < 0)
		return -1;
	if (difference->kind != PIMG_CHUNKS_DIFFER)
		return 0;
	for (int side = 0; side < 2; side++) {
		if (add_chunks(diff, side, queues[side], difference, error) < 0)
			return -1;
	}
	return compare_bytes(diff, queues, difference, error);
}

static void tell(struct diff *diff, const struct pimg_difference *difference)
{
	diff->differs |= difference->kind != PIMG_SAME && difference->kind != PIMG_NOT_SAVED;
	if (diff->tell)
		diff->tell(diff->context, difference);
}

static void take_difference(struct pimg_difference *difference,
			    const struct cursor_difference *found)
{
	difference->kind = found->in_bytes ? PIMG_BYTES_DIFFER : PIMG_CHUNKS_DIFFER;
	difference->offset = found->offset;
	for (int i = 0; i < 2; i++) {
		difference->chunk_number[i] = found->chunk[i].number;
		difference->ended[i] = found->chunk[i].over;
		difference->chunk[i] = (struct pimg_chunk){
			found->chunk[i].kind,
			(uint32_t)found->chunk[i].length,
			found->chunk[i].offset,
		};
	}
}

static int compare(struct diff *diff, size_t first, size_t second, struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor ours = {0}, theirs = {0};
	const size_t queues[2] = {first, second};
	struct cursor_difference found;
	struct pimg_difference difference = {
		.queue = {info_of(diff, 0, first), info_of(diff, 1, second)},
	};
	int result;

	if (cursor_open(&ours, diff->images[0], first, error) < 0 ||
	    cursor_open(&theirs, diff->images[1], second, error) < 0)
		return -1;
	cursor_set_progress(&ours, diff->progress);
	result = cursor_compare(&ours, &theirs, false, &found, error);
	if (result < 0)
		return -1;
	if (!result) {
		take_difference(&difference, &found);
		if (describe(diff, queues, &difference, error) < 0)
			return -1;
	} else if (difference.queue[0]->capacity != difference.queue[1]->capacity) {
		difference.kind = PIMG_CAPACITY_DIFFERS;
	}
	tell(diff, &difference);
	return 0;
}

/* Reports a queue without a partner in the other image. */
static void tell_alone(struct diff *diff, int side, size_t queue)
{
	int64_t unsaved = diff->pairs.unsaved[side][queue];
	struct pimg_difference alone = {
		.kind = side ? PIMG_ONLY_IN_SECOND : PIMG_ONLY_IN_FIRST,
	};

	alone.queue[side] = info_of(diff, side, queue);
	if (unsaved >= 0) {
		alone.kind = PIMG_NOT_SAVED;
		alone.queue[!side] = &diff->images[!side]->unsaved[unsaved].info;
	}
	tell(diff, &alone);
}

static int compare_all(struct diff *diff, struct pimg_error *error)
{
	for (size_t i = 0; i < diff->images[0]->queue_count; i++) {
		int64_t partner = diff->pairs.partners[i];

		if (progress_report(diff->progress, i, diff->images[0]->queue_count, error) < 0)
			return -1;
		if (partner < 0)
			tell_alone(diff, 0, i);
		else if (compare(diff, i, (size_t)partner, error) < 0)
			return -1;
	}
	for (size_t i = 0; i < diff->images[1]->queue_count; i++) {
		if (!diff->pairs.taken[i])
			tell_alone(diff, 1, i);
	}
	return 0;
}

int pimg_diff(struct pimg_image *first, struct pimg_image *second,
	      void (*tell_difference)(void *context, const struct pimg_difference *difference),
	      void *context, const struct pimg_progress *progress, struct pimg_error *error)
{
	struct diff diff = {
		.images = {first, second},
		.tell = tell_difference,
		.context = context,
		.progress = progress,
	};
	int result;

	ASK_WHEN_INTERRUPTED(progress);
	if (image_refuse_damaged(first, error) < 0 || image_refuse_damaged(second, error) < 0)
		return -1;
	result = diff_join(first, second, &diff.pairs, error);
	if (result == 0)
		result = compare_all(&diff, error);
	diff_pairs_release(&diff.pairs);
	return result < 0 ? -1 : diff.differs;
}
