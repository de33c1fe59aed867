// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/diff-join.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/lower-bound.h"

struct joining {
	const struct pimg_image *images[2];
	struct diff_pairs *pairs;
};

static const struct pimg_queue_info *info_of(const struct joining *joining, int image, size_t queue)
{
	return &joining->images[image]->queues[queue].info;
}

static void join(struct joining *joining, size_t first, int64_t second)
{
	if (second < 0 || joining->pairs->partners[first] >= 0 || joining->pairs->taken[second])
		return;
	joining->pairs->partners[first] = second;
	joining->pairs->taken[second] = true;
}

/* Whether an image has several queues with this id. */
static bool is_ambiguous(const struct joining *joining, const struct pimg_queue_info *info)
{
	return queue_table_find_in(&joining->images[0]->table, 1, info->type, info->id) >= 0 ||
	       queue_table_find_in(&joining->images[1]->table, 1, info->type, info->id) >= 0;
}

/* @ambiguous: join queues that share an id, by their order in both images */
static void join_by_id(struct joining *joining, bool ambiguous)
{
	for (size_t i = 0; i < joining->images[0]->queue_count; i++) {
		const struct pimg_queue_info *info = info_of(joining, 0, i);

		if (is_ambiguous(joining, info) == ambiguous)
			join(joining, i,
			     queue_table_find_in(&joining->images[1]->table,
						 image_queue_set(joining->images[0],
								 &joining->images[0]->queues[i]),
						 info->type, info->id));
	}
}

/* An end of a queue of the second image, to search for. */
struct indexed_end {
	uint64_t process; /* and descriptor */
	uint32_t kind;	  /* type of the queue, and whether it reads */
	uint32_t queue;
	size_t skipped; /* in the first of equal ends: how many of them are already joined */
};

/* The numbers that identify processes. */
enum numbering {
	BY_PID,
	BY_INNER_PID, /* in the pid namespace of each process, as in the dump of a container */
};

static struct indexed_end index_of(const struct pimg_queue_info *info, const struct pimg_end *end,
				   enum numbering numbering)
{
	bool inner = numbering == BY_INNER_PID && end->inner_pid;

	return (struct indexed_end){
		.process = (uint64_t)(inner ? end->inner_pid : end->pid) << 32 | end->fd,
		.kind = (uint32_t)info->type << 1 | pimg_end_reads(end),
	};
}

static int compare_ends(const struct indexed_end *a, const struct indexed_end *b)
{
	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	return (a->kind > b->kind) - (a->kind < b->kind);
}

/* Equal ends are in the order of their queues. */
static int by_end(const void *first, const void *second)
{
	const struct indexed_end *a = first, *b = second;
	int order = compare_ends(a, b);

	return order ? order : (a->queue > b->queue) - (a->queue < b->queue);
}

/* The ends of queues that are not joined yet. Ends of unknown processes are useless. */
static struct indexed_end *index_ends(const struct joining *joining, enum numbering numbering,
				      size_t *count)
{
	struct indexed_end *ends = calloc(joining->images[1]->end_count + 1, sizeof(*ends));

	*count = 0;
	for (size_t i = 0; ends && i < joining->images[1]->queue_count; i++) {
		const struct pimg_queue_info *info = info_of(joining, 1, i);

		for (size_t j = 0; !joining->pairs->taken[i] && j < info->end_count; j++) {
			if (!pimg_end_at(info->ends, j)->pid)
				continue;
			ends[*count] = index_of(info, pimg_end_at(info->ends, j), numbering);
			ends[(*count)++].queue = (uint32_t)i;
		}
	}
	if (ends)
		qsort(ends, *count, sizeof(*ends), by_end);
	return ends;
}

/* The first queue that has this end and is not joined yet, or -1. */
static int64_t find_end(const struct joining *joining, struct indexed_end *ends, size_t count,
			struct indexed_end wanted)
{
	size_t low, at;

	wanted.queue = 0;
	low = lower_bound(&wanted, ends, count, sizeof(*ends), by_end);
	if (low == count)
		return -1;
	for (at = low + ends[low].skipped; at < count && !compare_ends(&ends[at], &wanted); at++) {
		if (!joining->pairs->taken[ends[at].queue])
			return ends[at].queue;
		ends[low].skipped++;
	}
	return -1;
}

static int join_by_ends(struct joining *joining, enum numbering numbering, struct pimg_error *error)
{
	size_t count;
	_cleanup_free_ struct indexed_end *ends = index_ends(joining, numbering, &count);

	if (!ends)
		return error_memory(error);
	for (size_t i = 0; i < joining->images[0]->queue_count && count; i++) {
		const struct pimg_queue_info *info = info_of(joining, 0, i);
		int64_t found = -1;

		for (size_t j = 0; joining->pairs->partners[i] < 0 && j < info->end_count; j++) {
			int64_t like = -1;

			if (pimg_end_at(info->ends, j)->pid)
				like = find_end(
					joining, ends, count,
					index_of(info, pimg_end_at(info->ends, j), numbering));
			if (like >= 0 && (found < 0 || like < found))
				found = like;
		}
		join(joining, i, found);
	}
	return 0;
}

static bool has_inner_pids(const struct pimg_image *image)
{
	for (size_t i = 0; i < image->queue_count; i++) {
		const struct pimg_queue_info *info = &image->queues[i].info;

		for (size_t j = 0; j < info->end_count; j++) {
			if (pimg_end_at(info->ends, j)->inner_pid)
				return true;
		}
	}
	return false;
}

/* Counts the ends of queues that are not joined yet and that the second image has too. */
static int count_known(const struct joining *joining, enum numbering numbering, size_t *known,
		       struct pimg_error *error)
{
	size_t count;
	_cleanup_free_ struct indexed_end *ends = index_ends(joining, numbering, &count);

	if (!ends)
		return error_memory(error);
	*known = 0;
	for (size_t i = 0; i < joining->images[0]->queue_count; i++) {
		const struct pimg_queue_info *info = info_of(joining, 0, i);

		for (size_t j = 0; joining->pairs->partners[i] < 0 && j < info->end_count; j++)
			*known += pimg_end_at(info->ends, j)->pid &&
				  find_end(joining, ends, count,
					   index_of(info, pimg_end_at(info->ends, j), numbering)) >=
					  0;
	}
	return 0;
}

/* A pid can be another process in the other numbering, so the numbering with more matches goes first. */
static int join_by_either(struct joining *joining, struct pimg_error *error)
{
	size_t by_pid, by_inner_pid;
	enum numbering better;

	if (!has_inner_pids(joining->images[0]) && !has_inner_pids(joining->images[1]))
		return join_by_ends(joining, BY_PID, error);
	if (count_known(joining, BY_PID, &by_pid, error) < 0 ||
	    count_known(joining, BY_INNER_PID, &by_inner_pid, error) < 0)
		return -1;
	better = by_inner_pid > by_pid ? BY_INNER_PID : BY_PID;
	if (join_by_ends(joining, better, error) < 0)
		return -1;
	return join_by_ends(joining, better == BY_PID ? BY_INNER_PID : BY_PID, error);
}

/* ---- pipes with only write ends in a dump ---- */

/* The ends of an image's unsaved pipes, in both numberings. */
static struct indexed_end *index_unsaved(const struct pimg_image *image, size_t *count)
{
	struct indexed_end *ends;
	size_t room = 1;

	for (size_t i = 0; i < image->unsaved_count; i++)
		room += 2 * image->unsaved[i].info.end_count;
	ends = calloc(room, sizeof(*ends));
	*count = 0;
	for (size_t i = 0; ends && i < image->unsaved_count; i++) {
		const struct pimg_queue_info *info = &image->unsaved[i].info;

		for (size_t j = 0; j < info->end_count * 2; j++) {
			if (!pimg_end_at(info->ends, j / 2)->pid)
				continue;
			ends[*count] = index_of(info, pimg_end_at(info->ends, j / 2), j % 2);
			ends[(*count)++].queue = (uint32_t)i;
		}
	}
	if (ends)
		qsort(ends, *count, sizeof(*ends), by_end);
	return ends;
}

static int64_t find_unsaved(const struct pimg_image *image, const struct indexed_end *ends,
			    size_t count, const struct pimg_queue_info *info)
{
	int64_t found = queue_table_find(&image->unsaved_table, info->type, info->id);

	for (size_t i = 0; found < 0 && i < info->end_count * 2; i++) {
		struct indexed_end wanted = index_of(info, pimg_end_at(info->ends, i / 2), i % 2);
		size_t at = lower_bound(&wanted, ends, count, sizeof(*ends), by_end);

		if (at < count && pimg_end_at(info->ends, i / 2)->pid &&
		    !compare_ends(&ends[at], &wanted))
			found = ends[at].queue;
	}
	return found;
}

/* @side: the image whose unjoined queues are searched for among the other's unsaved pipes */
static int join_unsaved(struct joining *joining, int side, struct pimg_error *error)
{
	const struct pimg_image *other = joining->images[!side];
	_cleanup_free_ struct indexed_end *ends = NULL;
	size_t count;

	if (!other->unsaved_count)
		return 0;
	ends = index_unsaved(other, &count);
	if (!ends)
		return error_memory(error);
	for (size_t i = 0; i < joining->images[side]->queue_count; i++) {
		if (side ? !joining->pairs->taken[i] : joining->pairs->partners[i] < 0)
			joining->pairs->unsaved[side][i] =
				find_unsaved(other, ends, count, info_of(joining, side, i));
	}
	return 0;
}

/* ---- the rest ---- */

/* The only queue of a type, or -1. */
static int64_t only_queue(const struct joining *joining, int image, enum pimg_type type)
{
	int64_t found = -1;

	for (size_t i = 0; i < joining->images[image]->queue_count; i++) {
		if (info_of(joining, image, i)->type != type ||
		    joining->pairs->unsaved[image][i] >= 0)
			continue;
		if (found >= 0)
			return -1;
		found = (int64_t)i;
	}
	return found;
}

static void join_the_only(struct joining *joining)
{
	for (int type = PIMG_PIPE; type <= PIMG_SOCKET; type++) {
		int64_t first = only_queue(joining, 0, (enum pimg_type)type);

		if (first >= 0)
			join(joining, (size_t)first, only_queue(joining, 1, (enum pimg_type)type));
	}
}

static int64_t *none_of(size_t count)
{
	int64_t *numbers = calloc(count + 1, sizeof(*numbers));

	for (size_t i = 0; numbers && i < count; i++)
		numbers[i] = -1;
	return numbers;
}

static int diff_pairs_make(struct diff_pairs *pairs, const struct pimg_image *first,
			   const struct pimg_image *second, struct pimg_error *error)
{
	*pairs = (struct diff_pairs){
		.partners = none_of(first->queue_count),
		.taken = calloc(second->queue_count + 1, sizeof(*pairs->taken)),
		.unsaved = {none_of(first->queue_count), none_of(second->queue_count)},
	};
	if (!pairs->partners || !pairs->taken || !pairs->unsaved[0] || !pairs->unsaved[1])
		return error_memory(error);
	return 0;
}

int diff_join(const struct pimg_image *first, const struct pimg_image *second,
	      struct diff_pairs *pairs, struct pimg_error *error)
{
	struct joining joining = {.images = {first, second}, .pairs = pairs};

	if (diff_pairs_make(pairs, first, second, error) < 0)
		return -1;
	join_by_id(&joining, false);
	if (join_by_either(&joining, error) < 0)
		return -1;
	join_by_id(&joining, true);
	if (join_unsaved(&joining, 0, error) < 0 || join_unsaved(&joining, 1, error) < 0)
		return -1;
	join_the_only(&joining);
	return 0;
}

void diff_pairs_release(struct diff_pairs *pairs)
{
	free(pairs->partners);
	free(pairs->taken);
	free(pairs->unsaved[0]);
	free(pairs->unsaved[1]);
}
