// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "image.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "io/interrupt.h"
#include "io/lower-bound.h"

struct diff {
	struct pimg_image *images[2];
	void (*tell)(void *context, const struct pimg_difference *difference);
	pimg_progress_fn progress;
	void *context;
	int64_t *partners; /* of each queue of the first: its like in the second, or -1 */
	bool *taken;	   /* queues of the second that are somebody's */
	bool differs;
};

/* ---- which belong together ---- */

static const struct pimg_queue_info *info_of(const struct diff *diff, int image, size_t queue)
{
	return &diff->images[image]->queues[queue].info;
}

static void join(struct diff *diff, size_t first, int64_t second)
{
	if (second < 0 || diff->partners[first] >= 0 || diff->taken[second])
		return;
	diff->partners[first] = second;
	diff->taken[second] = true;
}

/* Whether an image has several queues of that id. */
static bool is_ambiguous(const struct diff *diff, const struct pimg_queue_info *info)
{
	return queue_table_find_in(&diff->images[0]->table, 1, info->type, info->id) >= 0 ||
	       queue_table_find_in(&diff->images[1]->table, 1, info->type, info->id) >= 0;
}

static uint32_t set_of(const struct pimg_image *image, size_t queue)
{
	return image->parts[image->queues[queue].part].set;
}

/* @ambiguous: those of which several have one id, by the order in which they are in both */
static void join_by_id(struct diff *diff, bool ambiguous)
{
	for (size_t i = 0; i < diff->images[0]->queue_count; i++) {
		const struct pimg_queue_info *info = info_of(diff, 0, i);

		if (is_ambiguous(diff, info) == ambiguous)
			join(diff, i,
			     queue_table_find_in(&diff->images[1]->table,
						 set_of(diff->images[0], i), info->type, info->id));
	}
}

/* An end of a queue of the second image, to be found by what it is. */
struct indexed_end {
	uint64_t process; /* and descriptor */
	uint32_t kind;	  /* type of the queue, and whether it reads */
	uint32_t queue;
	size_t skipped; /* at the first of those that are alike: so many are somebody's */
};

static struct indexed_end index_of(const struct pimg_queue_info *info, const struct pimg_end *end)
{
	return (struct indexed_end){
		.process = (uint64_t)end->pid << 32 | end->fd,
		.kind = (uint32_t)info->type << 1 | pimg_end_reads(end),
	};
}

static int compare_ends(const struct indexed_end *a, const struct indexed_end *b)
{
	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	return (a->kind > b->kind) - (a->kind < b->kind);
}

/* Those that are alike in the order of their queues. */
static int by_end(const void *first, const void *second)
{
	const struct indexed_end *a = first, *b = second;
	int order = compare_ends(a, b);

	return order ? order : (a->queue > b->queue) - (a->queue < b->queue);
}

/* The ends of queues that have no like yet. Ends of which no process is known say nothing. */
static struct indexed_end *index_ends(const struct diff *diff, size_t *count)
{
	struct indexed_end *ends = calloc(diff->images[1]->end_count + 1, sizeof(*ends));

	*count = 0;
	for (size_t i = 0; ends && i < diff->images[1]->queue_count; i++) {
		const struct pimg_queue_info *info = info_of(diff, 1, i);

		for (size_t j = 0; !diff->taken[i] && j < info->end_count; j++) {
			if (!info->ends[j].pid)
				continue;
			ends[*count] = index_of(info, &info->ends[j]);
			ends[(*count)++].queue = (uint32_t)i;
		}
	}
	if (ends)
		qsort(ends, *count, sizeof(*ends), by_end);
	return ends;
}

/* The first queue that has this end and is nobody's, or -1. */
static int64_t find_end(const struct diff *diff, struct indexed_end *ends, size_t count,
			struct indexed_end wanted)
{
	size_t low, at;

	wanted.queue = 0;
	low = lower_bound(&wanted, ends, count, sizeof(*ends), by_end);
	if (low == count)
		return -1;
	for (at = low + ends[low].skipped; at < count && !compare_ends(&ends[at], &wanted); at++) {
		if (!diff->taken[ends[at].queue])
			return ends[at].queue;
		ends[low].skipped++;
	}
	return -1;
}

static int join_by_ends(struct diff *diff, struct pimg_error *error)
{
	size_t count;
	_cleanup_free_ struct indexed_end *ends = index_ends(diff, &count);

	if (!ends)
		return error_memory(error);
	for (size_t i = 0; i < diff->images[0]->queue_count && count; i++) {
		const struct pimg_queue_info *info = info_of(diff, 0, i);
		int64_t found = -1;

		for (size_t j = 0; diff->partners[i] < 0 && j < info->end_count; j++) {
			int64_t like = -1;

			if (info->ends[j].pid)
				like = find_end(diff, ends, count, index_of(info, &info->ends[j]));
			if (like >= 0 && (found < 0 || like < found))
				found = like;
		}
		join(diff, i, found);
	}
	return 0;
}

/* The only queue of a type, or -1. */
static int64_t only_queue(const struct diff *diff, int image, enum pimg_type type)
{
	int64_t found = -1;

	for (size_t i = 0; i < diff->images[image]->queue_count; i++) {
		if (info_of(diff, image, i)->type != type)
			continue;
		if (found >= 0)
			return -1;
		found = (int64_t)i;
	}
	return found;
}

static void join_the_only(struct diff *diff)
{
	for (int type = PIMG_PIPE; type <= PIMG_SOCKET; type++) {
		int64_t first = only_queue(diff, 0, (enum pimg_type)type);

		if (first >= 0)
			join(diff, (size_t)first, only_queue(diff, 1, (enum pimg_type)type));
	}
}

/* ---- how they differ ---- */

/* Bytes of a queue, from an offset on. Returns how many there are, up to size, or -1. */
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

/* A line of sixteen bytes with the first difference in it, and the next. */
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

static void tell(struct diff *diff, const struct pimg_difference *difference)
{
	diff->differs |= difference->kind != PIMG_SAME;
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
	cursor_set_progress(&ours, diff->progress, diff->context);
	result = cursor_compare(&ours, &theirs, false, &found, error);
	if (result < 0)
		return -1;
	if (!result) {
		take_difference(&difference, &found);
		if (add_bytes(diff, queues, &difference, error) < 0)
			return -1;
	} else if (difference.queue[0]->capacity != difference.queue[1]->capacity) {
		difference.kind = PIMG_CAPACITY_DIFFERS;
	}
	tell(diff, &difference);
	return 0;
}

static int compare_all(struct diff *diff, struct pimg_error *error)
{
	for (size_t i = 0; i < diff->images[0]->queue_count; i++) {
		struct pimg_difference only = {
			.kind = PIMG_ONLY_IN_FIRST,
			.queue = {info_of(diff, 0, i), NULL},
		};

		if (diff->progress &&
		    diff->progress(diff->context, i, diff->images[0]->queue_count))
			return error_interrupted(error);
		if (diff->partners[i] < 0)
			tell(diff, &only);
		else if (compare(diff, i, (size_t)diff->partners[i], error) < 0)
			return -1;
	}
	for (size_t i = 0; i < diff->images[1]->queue_count; i++) {
		struct pimg_difference only = {
			.kind = PIMG_ONLY_IN_SECOND,
			.queue = {NULL, info_of(diff, 1, i)},
		};

		if (!diff->taken[i])
			tell(diff, &only);
	}
	return 0;
}

int pimg_diff(struct pimg_image *first, struct pimg_image *second,
	      void (*tell_difference)(void *context, const struct pimg_difference *difference),
	      pimg_progress_fn progress, void *context, struct pimg_error *error)
{
	_cleanup_free_ int64_t *partners = calloc(first->queue_count + 1, sizeof(*partners));
	_cleanup_free_ bool *taken = calloc(second->queue_count + 1, sizeof(*taken));
	struct diff diff = {
		.images = {first, second},
		.tell = tell_difference,
		.progress = progress,
		.context = context,
		.partners = partners,
		.taken = taken,
	};

	ASK_WHEN_INTERRUPTED(progress, context);
	if (!partners || !taken)
		return error_memory(error);
	if (image_refuse_damaged(first, error) < 0 || image_refuse_damaged(second, error) < 0)
		return -1;
	for (size_t i = 0; i < first->queue_count; i++)
		partners[i] = -1;
	join_by_id(&diff, false);
	if (join_by_ends(&diff, error) < 0)
		return -1;
	join_by_id(&diff, true);
	join_the_only(&diff);
	return compare_all(&diff, error) < 0 ? -1 : diff.differs;
}
