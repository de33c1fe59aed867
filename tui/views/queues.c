// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/queues.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paint/fields.h"
#include "pipeimg-private.h"
#include "views/container-head.h"
#include "views/packets.h"

struct queues_view {
	struct view view;
	bool wants;  /* to open the packets of a queue when it is found */
	bool opened; /* it was opened; another queue may have the same id */
	uint32_t wanted;
	size_t looked_at; /* queues */
	bool damage_told;
};

static struct queues_view *queues_of(struct view *view)
{
	return (struct queues_view *)view;
}

static const struct pimg_queue_info *queue_of(struct view *view, size_t item)
{
	return model_queue_at(view->model, item);
}

static const struct pimg_queue_info *queue_in(void *context, size_t item)
{
	const struct model *model = context;

	return model_queue_at(model, item);
}

/* ---- columns ---- */

static void draw_id(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PLAIN, queue_of(view, item)->id);
}

static uint32_t key_id(void *context, size_t item)
{
	return queue_in(context, item)->id;
}

static void draw_type(struct view *view, size_t item, struct pen *field)
{
	pen_print(field, ROLE_PLAIN, "%s", pimg_type_name(queue_of(view, item)->type));
}

static uint32_t key_type(void *context, size_t item)
{
	return queue_in(context, item)->type;
}

static void draw_kind(struct view *view, size_t item, struct pen *field)
{
	const struct pimg_queue_info *queue = queue_of(view, item);

	if (model_is_unsaved(view->model, item))
		pen_print(field, ROLE_DIM, "-");
	else if (queue->boundaries_lost)
		pen_print(field, ROLE_ALARM, "merged");
	else
		pen_print(field, role_of_mode(queue->mode), "%s", pimg_mode_name(queue->mode));
}

static uint32_t key_kind(void *context, size_t item)
{
	const struct pimg_queue_info *queue = queue_in(context, item);

	return queue->boundaries_lost ? UINT32_MAX : queue->mode;
}

static void draw_fill(struct view *view, size_t item, struct pen *field)
{
	const struct pimg_queue_info *queue = queue_of(view, item);

	if (model_is_unsaved(view->model, item))
		pen_print(field, ROLE_WARNING, "%s", model_unsaved_word(queue));
	else if (queue->type == PIMG_SOCKET)
		pen_print(field, ROLE_DIM, "%s", "");
	else
		field_fill(field, queue->bytes, queue->capacity);
}

static uint32_t key_fill(void *context, size_t item)
{
	const struct pimg_queue_info *queue = queue_in(context, item);

	return queue->capacity
		       ? order_key((uint64_t)((double)queue->bytes / queue->capacity * 1000000))
		       : 0;
}

static void draw_nothing(struct pen *field)
{
	pen_print_right(field, field->end - field->column, ROLE_DIM, "-");
}

/* A count; "+" if damage may hide more of the queue. */
static void draw_count(struct view *view, size_t item, uint64_t count, struct pen *field)
{
	if (model_is_unsaved(view->model, item))
		draw_nothing(field);
	else if (pimg_image_queue_may_be_cut(view->model->image, item))
		field_number_at_least(field, ROLE_ALARM, count);
	else
		field_number(field, ROLE_PLAIN, count);
}

static void draw_packets(struct view *view, size_t item, struct pen *field)
{
	const struct pimg_queue_info *queue = queue_of(view, item);

	if (queue->packets || !queue->chunks)
		draw_count(view, item, queue->packets, field);
	else
		draw_nothing(field);
}

static uint32_t key_packets(void *context, size_t item)
{
	return order_key(queue_in(context, item)->packets);
}

static void draw_bytes(struct view *view, size_t item, struct pen *field)
{
	draw_count(view, item, queue_of(view, item)->bytes, field);
}

static uint32_t key_bytes(void *context, size_t item)
{
	return order_key(queue_in(context, item)->bytes);
}

static void draw_size(struct view *view, size_t item, struct pen *field)
{
	if (queue_of(view, item)->capacity)
		field_size(field, ROLE_PLAIN, queue_of(view, item)->capacity);
	else
		draw_nothing(field);
}

static uint32_t key_size(void *context, size_t item)
{
	return queue_in(context, item)->capacity;
}

static void draw_holders(struct view *view, size_t item, struct pen *field)
{
	const struct pimg_queue_info *queue = queue_of(view, item);

	/* CRIU saved the data of only one of these FIFOs. */
	for (size_t i = 0; queue->path_count > 1 && i < queue->path_count; i++)
		pen_print(field, ROLE_ALARM, "%s  ", queue->paths[i]);
	field_ends(field, queue->ends, queue->end_count);
	if (queue->path_count == 1)
		pen_print(field, ROLE_DIM, "  %s", queue->paths[0]);
}

static uint32_t key_holders(void *context, size_t item)
{
	const struct pimg_queue_info *queue = queue_in(context, item);

	return queue->end_count ? pimg_end_at(queue->ends, 0)->pid : UINT32_MAX;
}

static const struct column columns[] = {
	{.title = "ID", .width = 10, .right = true, .draw = draw_id, .key = key_id},
	{.title = "TYPE", .width = 6, .draw = draw_type, .key = key_type},
	{.title = "KIND", .width = 7, .draw = draw_kind, .key = key_kind},
	{.title = "FILL", .width = 11, .draw = draw_fill, .key = key_fill, .descends = true},
	{"PACKETS", 7, true, draw_packets, key_packets, true},
	{"BYTES", 8, true, draw_bytes, key_bytes, true},
	{"SIZE", 5, true, draw_size, key_size, true},
	{.title = "HOLDERS", .draw = draw_holders, .key = key_holders},
	{.title = NULL},
};

/* ---- the view ---- */

static void moved(struct view *view)
{
	struct position place = {.queue = view_selected(view)};

	if (place.queue == ORDER_NOWHERE)
		return;
	model_go(view->model, &place);
}

/* Another view may have changed the current place, or lines may have changed. */
static void update(struct view *view)
{
	view_follow(view, view->model->place.queue);
}

static void remark(struct view *view, char *text, size_t size)
{
	unsigned percent = order_percent(&view->model->queues);

	if (percent < 100)
		snprintf(text, size, "sorting %u%%", percent);
}

static bool is_marked(struct view *view, size_t line)
{
	return marks_of_queue(&view->model->marks, view_item(view, line)) > 0;
}

static bool is_read(const struct pimg_queue_info *queue)
{
	for (size_t i = 0; i < queue->end_count; i++) {
		if (pimg_end_reads(pimg_end_at(queue->ends, i)))
			return true;
	}
	return false;
}

static const char *why_unsaved(const struct pimg_queue_info *queue)
{
	if (queue->unreadable)
		return "could not be read: its image is damaged; V shows where";
	if (is_read(queue))
		return "is not in the dump, though it has a read end; V verifies the dump";
	return "is not in the dump: CRIU saves nothing if it finds only write ends";
}

static void open_packets(struct view *view)
{
	const struct model *model = view->model;
	const struct pimg_queue_info *queue = model_queue(model);

	if (queue && model_is_unsaved(model, model->place.queue))
		browser_say(view->browser, "%s %" PRIu32 " %s", pimg_type_name(queue->type),
			    queue->id, why_unsaved(queue));
	else
		browser_open(view->browser, view_packets_new(view->browser, view->model));
}

static void look_for_wanted(struct queues_view *queues)
{
	struct view *view = &queues->view;
	struct position place = {.queue = queues->looked_at};

	for (; place.queue < model_queue_count(view->model); place.queue++) {
		if (queue_of(view, place.queue)->id != queues->wanted)
			continue;
		queues->wants = false;
		queues->opened = true;
		model_go(view->model, &place);
		open_packets(view);
		return;
	}
	queues->looked_at = place.queue;
	if (view->model->growing)
		return;
	queues->wants = false;
	browser_say(view->browser, "no queue %" PRIu32 " in this image", queues->wanted);
}

/* The first queue with the id was opened before the others were read. */
static void tell_of_others(struct queues_view *queues)
{
	const struct model *model = queues->view.model;
	size_t count;

	queues->opened = false;
	model_find_queue(model, queues->wanted, SIZE_MAX, &count);
	if (count > 1)
		browser_say_several(queues->view.browser, count, queues->wanted);
}

/* Damage is known when the image has been read to its end. */
static bool step(struct view *view)
{
	struct queues_view *queues = queues_of(view);

	if (queues->wants)
		look_for_wanted(queues);
	if (queues->opened && !view->model->growing)
		tell_of_others(queues);
	if (!view->model->growing && !queues->damage_told && model_damage(view->model)) {
		queues->damage_told = true;
		browser_complain(view->browser, model_damage(view->model));
	}
	return false;
}

static bool request(struct view *view, enum request request, const char *argument)
{
	(void)argument;
	if (view_selected(view) == ORDER_NOWHERE)
		return false;
	/* The request is for the selected queue, which may not be the current one of the model yet. */
	if (view_selected(view) != view->model->place.queue)
		moved(view);
	if (request != REQUEST_OPEN)
		return false;
	moved(view);
	open_packets(view);
	return true;
}

static void sort(struct view *view, const struct column *column, bool descending)
{
	model_sort_queues(view->model, column ? column->key : NULL, descending);
}

static order_key_fn sorted_by(const struct view *view, bool *descending)
{
	*descending = view->model->queues.descending;
	return view->model->queue_key;
}

static int set_filter(struct view *view, const char *text, struct pimg_error *error)
{
	return model_filter_queues(view->model, text, error);
}

static void close_view(struct view *view)
{
	view_release(view);
	free(view);
}

static const enum request hints[] = {
	REQUEST_HELP, REQUEST_OPEN,	REQUEST_SEARCH,	 REQUEST_FILTER, REQUEST_SORT,
	REQUEST_MARK, REQUEST_FINDINGS, REQUEST_HOLDERS, REQUEST_BACK,	 REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "queues",
	.columns = columns,
	.hints = hints,
	.search_unit = SEARCH_QUEUES,
	.empty = "no queues",
	.head_rows = container_head_rows,
	.draw_head = container_draw_head,
	.remark = remark,
	.is_marked = is_marked,
	.update = update,
	.moved = moved,
	.step = step,
	.request = request,
	.sort = sort,
	.sorted_by = sorted_by,
	.filter = set_filter,
	.close = close_view,
};

struct view *view_queues_new(struct browser *browser, struct model *model)
{
	struct queues_view *queues = calloc(1, sizeof(*queues));

	if (!queues)
		return NULL;
	view_init(&queues->view, &ops, browser, model);
	queues->view.list = &model->queues;
	queues->view.filter = &model->queue_filter;
	return &queues->view;
}

void view_queues_want(struct view *view, uint32_t id)
{
	queues_of(view)->wants = true;
	queues_of(view)->wanted = id;
}
