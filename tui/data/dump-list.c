// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/dump-list.h"

#include <stdlib.h>
#include <string.h>

/* The length to which engines shorten an ID. */
#define ID_SHOWN    12
#define READ_A_STEP (UINT64_C(256) * 1024)

int dump_list_init(struct dump_list *list, struct pimg_input *input)
{
	memset(list, 0, sizeof(*list));
	list->input = input;
	list->waits_for = -1;
	list->count = pimg_input_dump_count(input);
	list->dumps = calloc(list->count, sizeof(*list->dumps));
	return list->dumps ? 0 : -1;
}

void dump_list_free(struct dump_list *list)
{
	for (size_t i = 0; list->dumps && i < list->count; i++) {
		free(list->dumps[i].container);
		free(list->dumps[i].engine);
		free(list->dumps[i].why_closed);
	}
	for (size_t i = 0; i < DUMP_TEXTS; i++)
		free(list->ranks[i]);
	free(list->dumps);
	pimg_image_close(list->counted);
	pimg_input_close(list->input);
	memset(list, 0, sizeof(*list));
}

/* ---- texts ---- */

const char *dump_list_path(const struct dump_list *list, size_t number)
{
	return pimg_input_dump(list->input, number);
}

const char *dump_list_text(const struct dump_list *list, size_t number, enum dump_text which)
{
	const struct dump *dump = &list->dumps[number];
	const char *text;

	if (which == DUMP_PATH)
		return dump_list_path(list, number);
	text = which == DUMP_CONTAINER ? dump->container : dump->engine;
	return text ? text : "";
}

struct text_order {
	const struct dump_list *list;
	enum dump_text which;
};

static int compare_texts(const void *a, const void *b, void *context)
{
	const struct text_order *by = context;
	const uint32_t *left = a, *right = b;

	return strcmp(dump_list_text(by->list, *left, by->which),
		      dump_list_text(by->list, *right, by->which));
}

static uint32_t *rank_texts(const struct dump_list *list, enum dump_text which)
{
	struct text_order by = {list, which};
	uint32_t *sorted = calloc(list->count, sizeof(*sorted));
	uint32_t *ranks = calloc(list->count, sizeof(*ranks));

	if (!sorted || !ranks) {
		free(sorted);
		free(ranks);
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = (uint32_t)i;
	qsort_r(sorted, list->count, sizeof(*sorted), compare_texts, &by);
	/* Equal texts have the same rank, so that sorting keeps the order of the input. */
	for (size_t i = 1; i < list->count; i++)
		ranks[sorted[i]] = ranks[sorted[i - 1]] +
				   (compare_texts(&sorted[i - 1], &sorted[i], &by) != 0);
	free(sorted);
	return ranks;
}

uint32_t dump_list_rank(struct dump_list *list, size_t number, enum dump_text which)
{
	if (!list->ranks[which])
		list->ranks[which] = rank_texts(list, which);
	return list->ranks[which] ? list->ranks[which][number] : 0;
}

/* ---- counting ---- */

static char *name_of(const struct pimg_container *container)
{
	if (container->name)
		return strdup(container->name);
	return container->id ? strndup(container->id, ID_SHOWN) : NULL;
}

static void end_counting(struct dump_list *list)
{
	const struct pimg_container *container = pimg_image_container(list->counted);
	struct dump *dump = &list->dumps[list->known];

	if (container)
		dump->container = name_of(container);
	if (container && container->engine)
		dump->engine = strdup(container->engine);
	dump->is_damaged |= pimg_image_damage(list->counted) != NULL;
	pimg_image_line(list->counted, &dump->line);
	pimg_image_close(list->counted);
	list->counted = NULL;
	list->waits_for = -1;
	dump->is_known = true;
	list->known++;
}

bool dump_list_wants_opening(const struct dump_list *list)
{
	return list->known < list->count && !list->counted;
}

void dump_list_open_next(struct dump_list *list, const bool *was_stopped)
{
	struct dump *dump = &list->dumps[list->known];
	struct pimg_error error;

	list->counted = pimg_input_image(list->input, list->known, &error);
	if (list->counted || *was_stopped)
		return;
	dump->why_closed = strndup(error.sentence, sizeof(error.sentence));
	dump->is_known = true;
	list->known++;
}

bool dump_list_count_on(struct dump_list *list)
{
	struct pimg_error error;
	int result;

	if (!list->counted)
		return false;
	result = pimg_image_grow_available(list->counted, READ_A_STEP, NULL, NULL, &list->waits_for,
					   &error);
	list->dumps[list->known].is_damaged = result < 0;
	if (result <= 0)
		end_counting(list);
	return list->waits_for < 0;
}
