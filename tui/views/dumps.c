// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/dumps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dump-list.h"
#include "data/filter.h"
#include "paint/fields.h"
#include "views/queues.h"

#define WAIT_MS	  100
#define TEXT_SIZE 4096

struct dumps_view {
	struct view view;
	struct dump_list list;
	struct opening *opening;
	struct order order;
	struct filter filter;
	bool was_drawn; /* opening the first dump does not delay the first screen */
	bool has_begun;
};

static struct dumps_view *dumps_of(struct view *view)
{
	return (struct dumps_view *)view;
}

static const struct dump *dump_of(struct view *view, size_t item)
{
	return &dumps_of(view)->list.dumps[item];
}

static const struct dump *dump_in(void *context, size_t item)
{
	const struct dumps_view *dumps = context;

	return &dumps->list.dumps[item];
}

static uint32_t rank_in(void *context, size_t item, enum dump_text which)
{
	struct dumps_view *dumps = context;

	return dump_list_rank(&dumps->list, item, which);
}

/* ---- columns ---- */

static void draw_text(struct view *view, size_t item, enum dump_text which, struct pen *field)
{
	const char *text = dump_list_text(&dumps_of(view)->list, item, which);

	if (*text)
		pen_bytes(field, which == DUMP_CONTAINER ? ROLE_NAME : ROLE_PLAIN, text,
			  strlen(text), NULL);
	else if (dump_of(view, item)->is_known)
		pen_print(field, ROLE_DIM, "-");
}

static void draw_container(struct view *view, size_t item, struct pen *field)
{
	draw_text(view, item, DUMP_CONTAINER, field);
}

static uint32_t key_container(void *context, size_t item)
{
	return rank_in(context, item, DUMP_CONTAINER);
}

static void draw_engine(struct view *view, size_t item, struct pen *field)
{
	draw_text(view, item, DUMP_ENGINE, field);
}

static uint32_t key_engine(void *context, size_t item)
{
	return rank_in(context, item, DUMP_ENGINE);
}

static void draw_checkpointed(struct view *view, size_t item, struct pen *field)
{
	const struct dump *dump = dump_of(view, item);

	if (dump->is_known)
		pen_print(field, ROLE_DIM, "%s", dump->line.checkpointed);
}

/* Digits of "2026-11-23 06:50" as one number of minutes; 0 for any other text. */
static uint32_t key_checkpointed(void *context, size_t item)
{
	unsigned year, month, day, hour, minute;

	if (sscanf(dump_in(context, item)->line.checkpointed, "%4u-%2u-%2u %2u:%2u", &year, &month,
		   &day, &hour, &minute) != 5)
		return 0;
	return (((year % 4096 * 13 + month) * 32 + day) * 24 + hour) * 60 + minute;
}

static void draw_number(const struct dump *dump, uint64_t number, struct pen *field)
{
	if (!dump->is_known)
		return;
	if (dump->is_damaged)
		field_number_at_least(field, ROLE_ALARM, number);
	else
		field_number(field, ROLE_PLAIN, number);
}

static void draw_queues(struct view *view, size_t item, struct pen *field)
{
	draw_number(dump_of(view, item), dump_of(view, item)->line.queues, field);
}

static uint32_t key_queues(void *context, size_t item)
{
	return order_key(dump_in(context, item)->line.queues);
}

static void draw_packets(struct view *view, size_t item, struct pen *field)
{
	draw_number(dump_of(view, item), dump_of(view, item)->line.packets, field);
}

static uint32_t key_packets(void *context, size_t item)
{
	return order_key(dump_in(context, item)->line.packets);
}

static void draw_bytes(struct view *view, size_t item, struct pen *field)
{
	const struct dump *dump = dump_of(view, item);

	if (dump->is_known)
		field_size(field, dump->is_damaged ? ROLE_ALARM : ROLE_PLAIN, dump->line.bytes);
}

static uint32_t key_bytes(void *context, size_t item)
{
	return order_key(dump_in(context, item)->line.bytes);
}

static void draw_lost(struct view *view, size_t item, struct pen *field)
{
	const struct dump *dump = dump_of(view, item);

	if (dump->is_known)
		field_number(field, dump->line.boundaries_lost ? ROLE_ALARM : ROLE_PLAIN,
			     dump->line.boundaries_lost);
}

static uint32_t key_lost(void *context, size_t item)
{
	return order_key(dump_in(context, item)->line.boundaries_lost);
}

static void draw_hook(struct view *view, size_t item, struct pen *field)
{
	const struct dump *dump = dump_of(view, item);

	if (dump->is_known)
		pen_print(field, strcmp(dump->line.hook, "bad") ? ROLE_PLAIN : ROLE_ALARM, "%s",
			  dump->line.hook);
}

static uint32_t key_hook(void *context, size_t item)
{
	const char *hook = dump_in(context, item)->line.hook;

	return hook ? (uint32_t)(unsigned char)*hook : 0;
}

static void draw_path(struct view *view, size_t item, struct pen *field)
{
	draw_text(view, item, DUMP_PATH, field);
}

static uint32_t key_path(void *context, size_t item)
{
	return rank_in(context, item, DUMP_PATH);
}

/* The columns of show's table. On 80 columns, the usual paths of the dumps of a pod fit. */
static const struct column columns[] = {
	{.title = "CONTAINER", .width = 9, .draw = draw_container, .key = key_container},
	{.title = "ENGINE", .width = 6, .draw = draw_engine, .key = key_engine},
	{"CHECKPOINTED UTC", 16, false, draw_checkpointed, key_checkpointed, true},
	{"QUEUES", 6, true, draw_queues, key_queues, true},
	{"PACKETS", 7, true, draw_packets, key_packets, true},
	{"BYTES", 5, true, draw_bytes, key_bytes, true},
	{"LOST", 4, true, draw_lost, key_lost, true},
	{.title = "HOOK", .width = 4, .draw = draw_hook, .key = key_hook, .descends = true},
	{.title = "IMAGE", .draw = draw_path, .key = key_path},
	{.title = NULL},
};

static bool draw_without_fields(struct view *view, size_t item, struct pen *pen)
{
	const struct dump *dump = dump_of(view, item);

	if (!dump->why_closed)
		return false;
	pen->hidden = view->left;
	draw_text(view, item, DUMP_PATH, pen);
	pen_print(pen, ROLE_ALARM, "  %s", dump->why_closed);
	pen->hidden = 0;
	return true;
}

/* ---- order ---- */

/* What is not known yet has no place in a sorted or filtered list. */
static size_t count_dumps(void *context)
{
	const struct dumps_view *dumps = context;

	return dumps->order.filtered || dumps->order.sorted ? dumps->list.known : dumps->list.count;
}

static bool is_complete(void *context)
{
	const struct dumps_view *dumps = context;

	return dumps->list.known == dumps->list.count;
}

static void describe_dump(const struct dump_list *list, size_t item, char *text, size_t size)
{
	const struct dump *dump = &list->dumps[item];

	snprintf(text, size, "%s %s %s %s %s", dump_list_text(list, item, DUMP_CONTAINER),
		 dump_list_text(list, item, DUMP_ENGINE), dump->line.checkpointed,
		 dump_list_path(list, item), dump->why_closed ? dump->why_closed : "");
}

static bool shows(void *context, size_t item)
{
	const struct dumps_view *dumps = context;
	const struct filter *filter = &dumps->filter;
	char text[TEXT_SIZE];
	struct match match;

	if (filter->kind != FILTER_PATTERN)
		return filter_fits_length(filter, dump_in(context, item)->line.bytes);
	describe_dump(&dumps->list, item, text, sizeof(text));
	return pattern_find(filter->pattern, text, strlen(text), 0, true, &match);
}

static uint32_t key(void *context, size_t item)
{
	const struct dumps_view *dumps = context;

	return dumps->view.sort->key(context, item);
}

static const struct order_source source = {
	.count = count_dumps,
	.is_complete = is_complete,
	.shows = shows,
	.key = key,
};

static void put_in_order(struct dumps_view *dumps)
{
	order_restart(&dumps->order, dumps->filter.kind != FILTER_NONE, dumps->view.sort != NULL,
		      dumps->view.descending);
	while (order_step(&dumps->order))
		;
}

static void sort(struct view *view, const struct column *column, bool descending)
{
	view->sort = column;
	view->descending = descending;
	put_in_order(dumps_of(view));
}

static int set_filter(struct view *view, const char *text, struct pimg_error *error)
{
	if (filter_set(&dumps_of(view)->filter, text, error) < 0)
		return -1;
	put_in_order(dumps_of(view));
	return 0;
}

/* ---- the view ---- */

static void describe(struct view *view, char *text, size_t size)
{
	snprintf(text, size, "%s", dumps_of(view)->opening->path);
}

static void remark(struct view *view, char *text, size_t size)
{
	const struct dump_list *list = &dumps_of(view)->list;

	if (list->known < list->count)
		snprintf(text, size, "counting %zu/%zu", list->known + 1, list->count);
}

static void line_text(struct view *view, size_t line, char *text, size_t size)
{
	describe_dump(&dumps_of(view)->list, view_item(view, line), text, size);
}

static void update(struct view *view)
{
	dumps_of(view)->was_drawn = true;
}

/* A key stops the opening, which begins again when there is nothing else to do. */
static void open_next(struct dumps_view *dumps)
{
	opening_begin_unseen(dumps->opening);
	dump_list_open_next(&dumps->list, &dumps->opening->was_stopped);
	opening_end(dumps->opening);
}

static bool step(struct view *view)
{
	struct dumps_view *dumps = dumps_of(view);
	size_t known = dumps->list.known;
	bool worked;

	if (!dumps->was_drawn)
		return false;
	worked = !dumps->has_begun || dump_list_wants_opening(&dumps->list);
	if (dumps->has_begun && worked)
		open_next(dumps);
	dumps->has_begun = true;
	worked |= dump_list_count_on(&dumps->list);
	if (dumps->list.known > known)
		order_step(&dumps->order);
	return order_step(&dumps->order) || worked;
}

static int wait_time(struct view *view)
{
	return dumps_of(view)->list.counted ? WAIT_MS : -1;
}

static void open_selected(struct view *view)
{
	struct dumps_view *dumps = dumps_of(view);
	struct opening *opening = dumps->opening;
	struct pimg_error error;
	struct pimg_image *image =
		opening_dump(opening, dumps->list.input, view_selected(view), &error);

	if (image)
		browser_open(view->browser,
			     view_dump_new(view->browser, image, opening->path, true));
	else if (opening->was_stopped)
		browser_say(view->browser, "the dump was not opened");
	else
		browser_complain(view->browser, &error);
}

static bool request(struct view *view, enum request request, const char *argument)
{
	(void)argument;
	if (view_selected(view) == ORDER_NOWHERE)
		return false;
	switch (request) {
	case REQUEST_OPEN:
		open_selected(view);
		return true;
	case REQUEST_FINDINGS:
	case REQUEST_HOLDERS:
		browser_say(view->browser, "open a dump first, with Enter");
		return true;
	default:
		return false;
	}
}

static void close_view(struct view *view)
{
	struct dumps_view *dumps = dumps_of(view);

	order_free(&dumps->order);
	filter_clear(&dumps->filter);
	dump_list_free(&dumps->list);
	view_release(view);
	free(dumps);
}

static const enum request hints[] = {
	REQUEST_HELP, REQUEST_OPEN,    REQUEST_SEARCH, REQUEST_FILTER,
	REQUEST_SORT, REQUEST_REVERSE, REQUEST_BACK,   REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "dumps",
	.columns = columns,
	.hints = hints,
	.search_unit = SEARCH_LINES,
	.draw_without_fields = draw_without_fields,
	.line_text = line_text,
	.describe = describe,
	.remark = remark,
	.update = update,
	.step = step,
	.wait = wait_time,
	.request = request,
	.sort = sort,
	.filter = set_filter,
	.close = close_view,
};

struct view *view_dumps_new(struct browser *browser, struct opening *opening,
			    struct pimg_input *input)
{
	struct dumps_view *dumps = calloc(1, sizeof(*dumps));

	if (!dumps) {
		pimg_input_close(input);
		return NULL;
	}
	view_init(&dumps->view, &ops, browser, NULL);
	dumps->opening = opening;
	dumps->view.list = &dumps->order;
	dumps->view.filter = &dumps->filter;
	order_init(&dumps->order, &source, dumps);
	if (dump_list_init(&dumps->list, input) == 0)
		return &dumps->view;
	close_view(&dumps->view);
	return NULL;
}

struct view *view_dump_new(struct browser *browser, struct pimg_image *image, const char *path,
			   bool is_one_of_several)
{
	struct model *model = model_new(image, true);
	struct view *view = model ? view_queues_new(browser, model) : NULL;

	if (!view) {
		model_free(model);
		return NULL;
	}
	model->path = path;
	/* The name of a dump in a directory contains its path. */
	if (is_one_of_several && strcmp(path, "-"))
		snprintf(model->name, sizeof(model->name), "%s", path);
	model->dump = is_one_of_several ? pimg_image_dump(image) : NULL;
	view->owns_model = true;
	return view;
}
