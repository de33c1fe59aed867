// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pipeimg-private.h"
#include "shared/message.h"
#include "shared/options.h"
#include "shared/text.h"

/* A longer list does not help to choose. */
#define CANDIDATES_MAX 32

static bool counts(const struct choice *choice, const struct pimg_queue_info *info)
{
	return (choice->sockets || info->type != PIMG_SOCKET) &&
	       (!choice->has_id || info->id == choice->id);
}

/* How many queues there are, and how many of them have unread data. */
struct tally {
	size_t queues, full;
	size_t queue; /* the last one with unread data, or the last one if all are empty */
};

static struct tally tally(const struct choice *choice)
{
	size_t count = pimg_image_queue_count(choice->image);
	struct tally tally = {0};

	for (size_t i = 0; i < count; i++) {
		const struct pimg_queue_info *info = pimg_image_queue(choice->image, i);

		if (!counts(choice, info))
			continue;
		tally.queues++;
		tally.full += info->chunks > 0;
		if (info->chunks || !tally.full)
			tally.queue = i;
	}
	return tally;
}

/* ---- the candidates ---- */

static void print_where(const struct pimg_queue_info *info)
{
	for (size_t i = 0; i < info->path_count; i++) {
		fputs(i ? " or " : ", ", stderr);
		print_bytes(stderr, info->paths[i], strlen(info->paths[i]), SIZE_MAX, false);
	}
	if (info->end_count) {
		fputs(", ", stderr);
		print_ends(stderr, info->ends, info->end_count, 60);
	}
}

/* "  --pipe 4711       pipe, 2 packets, 42 bytes, /run/log, python3[15550]:3r" */
static void print_candidate(const struct pimg_queue_info *info)
{
	fprintf(stderr, "  --pipe %-10" PRIu32 " %s", info->id, pimg_type_word(info->type));
	if (info->packets)
		fprintf(stderr, ", %zu packet%s", info->packets, PLURAL_S(info->packets));
	else
		fprintf(stderr, ", %s", pimg_mode_name(info->mode));
	fprintf(stderr, ", %" PRIu64 " byte%s", info->bytes, PLURAL_S(info->bytes));
	print_where(info);
	fputc('\n', stderr);
}

/* @full: only queues with unread data */
static void list_candidates(const struct choice *choice, bool full)
{
	size_t count = pimg_image_queue_count(choice->image), listed = 0, more = 0;

	for (size_t i = 0; i < count; i++) {
		const struct pimg_queue_info *info = pimg_image_queue(choice->image, i);

		if (!counts(choice, info) || (full && !info->chunks))
			continue;
		if (listed++ < CANDIDATES_MAX)
			print_candidate(info);
		else
			more++;
	}
	if (more)
		fprintf(stderr, "  and %zu more; pipeimg show lists them all\n", more);
}

/* ---- commands that need one queue ---- */

/* Why the id is not a candidate, or null if nothing in the image has it. */
static const char *reason_against(const struct choice *choice)
{
	for (size_t i = 0; i < pimg_image_queue_count(choice->image); i++) {
		const struct pimg_queue_info *info = pimg_image_queue(choice->image, i);

		if (info->id == choice->id && info->type == PIMG_SOCKET)
			return "is a socket, not a pipe or FIFO";
	}
	for (size_t i = 0; i < pimg_image_unsaved_count(choice->image); i++) {
		const struct pimg_queue_info *info = pimg_image_unsaved(choice->image, i);

		if (info->id == choice->id)
			return info->unreadable
				       ? "cannot be read: its image is damaged"
				       : "has ends in the dump, but its unread data was not dumped";
	}
	return NULL;
}

static int refuse_none(const struct choice *choice)
{
	struct choice any = *choice;
	const char *name = pimg_image_name(choice->image), *others, *reason;

	any.has_id = false;
	others = tally(&any).queues ? "; available queues:" : "";
	if (!choice->has_id)
		return refuse(PIMG_BAD_DATA, "%s: contains no pipe or FIFO queue", name);
	reason = reason_against(choice);
	if (reason)
		refuse(PIMG_BAD_DATA, "%s: %" PRIu64 " %s%s", name, choice->id, reason, others);
	else
		refuse(PIMG_BAD_DATA, "%s: queue %" PRIu64 " not found%s", name, choice->id,
		       others);
	list_candidates(&any, false);
	return PIMG_BAD_DATA;
}

static int refuse_several(const struct choice *choice, const struct tally *tally)
{
	const char *name = pimg_image_name(choice->image);

	if (choice->has_id)
		refuse(PIMG_USAGE,
		       "%s: contains %zu queues with id %" PRIu64
		       "; open the files in the directory one at a time (fifo-data.img, "
		       "fifo-data-2.img):",
		       name, tally->queues, choice->id);
	else if (tally->full)
		refuse(PIMG_USAGE,
		       "%s: contains %zu queues with unread data; choose one with --pipe:", name,
		       tally->full);
	else
		refuse(PIMG_USAGE,
		       "%s: contains %zu queues, all empty; choose one with --pipe:", name,
		       tally->queues);
	list_candidates(choice, !choice->has_id && tally->full);
	return PIMG_USAGE;
}

static void note_the_only(const struct choice *choice, const struct tally *tally)
{
	const struct pimg_queue_info *info = pimg_image_queue(choice->image, tally->queue);

	notice("%s: using %s %" PRIu32 ", the only one of %zu queues with unread data",
	       pimg_image_name(choice->image), pimg_type_word(info->type), info->id, tally->queues);
}

int choose_queue(const struct choice *choice, size_t *queue)
{
	struct tally found = tally(choice);

	if (!found.queues)
		return refuse_none(choice);
	/* Queues with the same id are different FIFOs, so the id does not select one. */
	if (found.queues > 1 && (choice->has_id || found.full != 1))
		return refuse_several(choice, &found);
	if (found.queues > 1)
		note_the_only(choice, &found);
	*queue = found.queue;
	return 0;
}

/* ---- commands that write all queues ---- */

void note_joined(const struct choice *choice)
{
	struct tally found = tally(choice);

	if (found.queues > 1 && found.full == 1)
		note_the_only(choice, &found);
	if (found.full < 2 || settings.quiet)
		return;
	notice("%s: writing the payloads of %zu queues one after another; choose one with --pipe:",
	       pimg_image_name(choice->image), found.full);
	list_candidates(choice, true);
}
