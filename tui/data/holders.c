// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/holders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/blocking.h"
#include "terminal/screen.h"

/* How often ends are collected while the image grows. */
#define EVERY_NS 250000000U

#define TEXT_SIZE 256

/* ---- queues ---- */

static const struct live_pipe *pipe_of(const struct holders *holders, size_t queue)
{
	return &holders->live->shown->pipes[queue];
}

size_t holders_queue_count(const struct holders *holders)
{
	if (!holders->live)
		return model_queue_count(holders->model);
	return holders->live->shown ? holders->live->shown->count : 0;
}

static struct held_queue live_queue(const struct live_pipe *pipe)
{
	return (struct held_queue){
		.type = pipe->found->type,
		.id = pipe->found->id,
		.end_count = pipe->found->end_count,
		.ends = pipe->found->ends,
		.fill_known = pipe->fill_known,
		.unknown = pipe->unknown,
		.path = pipe->found->path,
		.bytes = pipe->fill.bytes,
		.capacity = pipe->fill.capacity,
		.is_full = pipe->fill.full,
	};
}

static struct held_queue image_queue(const struct pimg_queue_info *queue)
{
	return (struct held_queue){
		.type = queue->type,
		.id = queue->id,
		.end_count = queue->end_count,
		.ends = queue->ends,
		.fill_known = true,
		.bytes = queue->bytes,
		.capacity = queue->capacity,
	};
}

struct held_queue holders_queue(const struct holders *holders, size_t queue)
{
	if (holders->live)
		return live_queue(pipe_of(holders, queue));
	return image_queue(model_queue_at(holders->model, queue));
}

/* ---- items ---- */

struct held_queue holders_queue_of(const struct holders *holders, size_t item)
{
	return holders_queue(holders, holders->holders[item].queue);
}

/* A growing image can have fewer ends than before. */
static const struct pimg_end *end_of(const struct holders *holders, const struct holder *holder)
{
	static const struct pimg_end none;
	struct held_queue queue = holders_queue(holders, holder->queue);

	return holder->end < queue.end_count ? pimg_end_at(queue.ends, holder->end) : &none;
}

const struct pimg_end *holders_end(const struct holders *holders, size_t item)
{
	return end_of(holders, &holders->holders[item]);
}

struct holder_identity holders_identity(const struct holders *holders, size_t item)
{
	const struct pimg_end *end = holders_end(holders, item);

	return (struct holder_identity){holders_queue_of(holders, item).id, end->pid, end->fd};
}

bool holders_waits(const struct holders *holders, size_t item)
{
	const struct pimg_end *end = holders_end(holders, item);
	const struct live_pipe *pipe;

	if (!holders->live)
		return false;
	pipe = pipe_of(holders, holders->holders[item].queue);
	for (size_t i = 0; i < pipe->wait_count; i++) {
		if (pipe->waits[i].pid == end->pid && pipe->waits[i].fd == end->fd)
			return blocking_waits(pipe);
	}
	return false;
}

const struct pimg_halt *holders_halt(const struct holders *holders, size_t item)
{
	if (!holders->live)
		return NULL;
	return blocking_halt_of(holders->live->shown, holders_end(holders, item)->pid);
}

const char *holders_deed(const struct pimg_end *end)
{
	if (pimg_end_reads(end) && pimg_end_writes(end))
		return "both";
	if (pimg_end_reads(end))
		return "reads";
	return pimg_end_packet_mode(end) ? "packets" : "writes";
}

void holders_describe(const struct holders *holders, size_t item, char *text, size_t size)
{
	const struct pimg_end *end = holders_end(holders, item);
	struct held_queue queue = holders_queue_of(holders, item);
	const struct pimg_halt *halt = holders_halt(holders, item);

	snprintf(text, size, "%.*s[%" PRIu32 "] %s%s%s%s %s %" PRIu32 " %s", (int)sizeof(end->comm),
		 end->comm, end->pid, holders_deed(end),
		 holders_waits(holders, item) ? ", waits" : "", halt ? ", " : "",
		 halt ? blocking_halt_name(halt) : "", pimg_type_name(queue.type), queue.id,
		 queue.path ? queue.path : "");
}

/* ---- order ---- */

static size_t count(void *context)
{
	const struct holders *holders = context;

	return holders->count;
}

static bool is_complete(void *context)
{
	(void)context;
	return true;
}

static bool shows(void *context, size_t item)
{
	const struct holders *holders = context;
	char text[TEXT_SIZE];
	struct match match;

	if (holders->filter.kind != FILTER_PATTERN)
		return filter_fits_length(&holders->filter, holders_queue_of(holders, item).bytes);
	holders_describe(holders, item, text, sizeof(text));
	return pattern_find(holders->filter.pattern, text, strlen(text), 0, true, &match);
}

static uint32_t key(void *context, size_t item)
{
	const struct holders *holders = context;

	return holders->by_name ? (uint32_t)item : holders->key(context, item);
}

static const struct order_source source = {
	.count = count,
	.is_complete = is_complete,
	.shows = shows,
	.key = key,
};

void holders_put_in_order(struct holders *holders)
{
	order_restart(&holders->order, holders->filter.kind != FILTER_NONE,
		      holders->by_name || holders->key, holders->descending);
	while (order_step(&holders->order))
		;
}

static int by_name(const void *a, const void *b, void *context)
{
	const struct holders *holders = context;
	const struct pimg_end *x = end_of(holders, a), *y = end_of(holders, b);
	int order = strncmp(x->comm, y->comm, sizeof(x->comm));

	if (order)
		return order;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

/* ---- collecting ---- */

static bool add_end(struct holders *holders, size_t queue, size_t end)
{
	size_t room = holders->room ? holders->room * 2 : 64;
	struct holder *grown;

	if (holders->count == holders->room) {
		grown = reallocarray(holders->holders, room, sizeof(*grown));
		if (!grown)
			return false;
		holders->holders = grown;
		holders->room = room;
	}
	holders->holders[holders->count++] = (struct holder){(uint32_t)queue, (uint32_t)end};
	return true;
}

/* If memory is short, the rest is skipped. */
static void add_queue(struct holders *holders, size_t queue)
{
	size_t ends = holders_queue(holders, queue).end_count;

	for (size_t i = 0; i < ends && add_end(holders, queue, i); i++)
		;
}

void holders_collect(struct holders *holders)
{
	size_t queues = holders_queue_count(holders);

	holders->count = 0;
	for (size_t i = 0; i < queues; i++) {
		if (holders->queue == SIZE_MAX || holders->queue == i)
			add_queue(holders, i);
	}
	if (holders->by_name && holders->count)
		qsort_r(holders->holders, holders->count, sizeof(*holders->holders), by_name,
			holders);
	holders_put_in_order(holders);
	holders->generation = holders->live ? holders->live->generation : 0;
	holders->images = holders->model ? holders->model->images : 0;
	holders->had_grown = holders->model && !holders->model->growing;
	holders->collected_ns = screen_now_ns();
}

static bool are_old(const struct holders *holders)
{
	if (holders->live)
		return holders->generation != holders->live->generation;
	if (holders->images != holders->model->images)
		return true;
	if (holders->had_grown)
		return false;
	return !holders->model->growing || screen_now_ns() - holders->collected_ns >= EVERY_NS;
}

void holders_follow(struct holders *holders)
{
	if (are_old(holders))
		holders_collect(holders);
}

/* ---- life ---- */

void holders_init(struct holders *holders, struct model *model, struct live *live, size_t queue)
{
	memset(holders, 0, sizeof(*holders));
	holders->model = model;
	holders->live = live;
	holders->queue = queue;
	order_init(&holders->order, &source, holders);
}

void holders_free(struct holders *holders)
{
	order_free(&holders->order);
	filter_clear(&holders->filter);
	free(holders->holders);
}
