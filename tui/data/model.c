// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeimg-private.h"
#include "terminal/screen.h"

#define GROW_A_STEP  (UINT64_C(256) * 1024)
#define STRIP_A_STEP 65536

/* ---- queues in order ---- */

static size_t count_queues(void *context)
{
	return model_queue_count(context);
}

static bool is_complete(void *context)
{
	const struct model *model = context;

	return !model->growing;
}

static bool shows_queue(void *context, size_t item)
{
	const struct model *model = context;
	const struct filter *filter = &model->queue_filter;

	if (filter->kind == FILTER_PATTERN)
		return model_queue_matches(model, item, filter->pattern);
	return filter_fits_length(filter, model_queue_at(model, item)->bytes);
}

static uint32_t key_of_queue(void *context, size_t item)
{
	const struct model *model = context;

	return model->queue_key(context, item);
}

static const struct order_source queue_source = {
	.count = count_queues,
	.is_complete = is_complete,
	.shows = shows_queue,
	.key = key_of_queue,
};

/* ---- packets in order ---- */

static size_t count_packets(void *context)
{
	const struct model *model = context;

	if (model->packets_of >= model_queue_count(model))
		return 0;
	return model_queue_at(model, model->packets_of)->chunks;
}

struct chunk_to_read {
	struct model *model;
	const struct position *place;
};

static size_t read_chunk(void *context, uint32_t offset, void *buffer, size_t size)
{
	const struct chunk_to_read *chunk = context;

	return model_read(chunk->model, chunk->place->queue, chunk->place->chunk, offset, buffer,
			  size);
}

enum scan_result model_scan(struct model *model, struct scan *scan, const struct pattern *pattern,
			    struct position *place)
{
	struct chunk_to_read context = {model, place};
	struct scan_chunk chunk = {
		.length = pimg_image_chunk(model->image, place->queue, place->chunk).length,
		.read = read_chunk,
		.context = &context,
	};
	struct match match;
	enum scan_result result = scan_step(scan, pattern, &chunk, &match);

	if (result == SCAN_FOUND) {
		place->offset = (uint32_t)match.start;
		place->length = (uint32_t)(match.end - match.start);
	}
	return result;
}

static bool look_for_pattern(struct model *model, struct filter_check *check, size_t queue,
			     size_t chunk, bool *shown)
{
	enum scan_result result;

	if (!check->begun || check->place.queue != queue || check->place.chunk != chunk) {
		check->place = (struct position){.queue = queue, .chunk = chunk};
		scan_enter(&check->scan);
	}
	result = model_scan(model, &check->scan, model->packet_filter.pattern, &check->place);
	check->begun = result == SCAN_MORE;
	*shown = result == SCAN_FOUND;
	return result != SCAN_MORE;
}

bool model_decide_packet(struct model *model, struct filter_check *check, size_t queue,
			 size_t chunk, bool *shown)
{
	const struct filter *filter = &model->packet_filter;

	if (filter->kind == FILTER_PATTERN)
		return look_for_pattern(model, check, queue, chunk, shown);
	*shown = filter_fits_length(filter, pimg_image_chunk(model->image, queue, chunk).length);
	return true;
}

static bool decide_packet(void *context, size_t item, bool *shown)
{
	struct model *model = context;

	return model_decide_packet(model, &model->packet_check, model->packets_of, item, shown);
}

static uint32_t key_of_packet(void *context, size_t item)
{
	const struct model *model = context;

	return model->packet_key(context, item);
}

static const struct order_source packet_source = {
	.count = count_packets,
	.is_complete = is_complete,
	.key = key_of_packet,
	.decide = decide_packet,
};

static void restart_queues(struct model *model, bool descending)
{
	order_restart(&model->queues, model->queue_filter.kind != FILTER_NONE,
		      model->queue_key != NULL, descending);
}

static void restart_packets(struct model *model, bool descending)
{
	memset(&model->packet_check, 0, sizeof(model->packet_check));
	order_restart(&model->packets, model->packet_filter.kind != FILTER_NONE,
		      model->packet_key != NULL, descending);
}

int model_filter_queues(struct model *model, const char *text, struct pimg_error *error)
{
	if (filter_set(&model->queue_filter, text, error) < 0)
		return -1;
	model->ordered_ns = screen_now_ns();
	restart_queues(model, model->queues.descending);
	return 0;
}

int model_filter_packets(struct model *model, const char *text, struct pimg_error *error)
{
	if (filter_set(&model->packet_filter, text, error) < 0)
		return -1;
	model->ordered_ns = screen_now_ns();
	restart_packets(model, model->packets.descending);
	return 0;
}

void model_sort_queues(struct model *model, order_key_fn key, bool descending)
{
	model->queue_key = key;
	model->ordered_ns = screen_now_ns();
	restart_queues(model, descending);
}

void model_sort_packets(struct model *model, order_key_fn key, bool descending)
{
	model->packet_key = key;
	model->ordered_ns = screen_now_ns();
	restart_packets(model, descending);
}

/* ---- going to a place ---- */

static void look_at_packets_of(struct model *model, size_t queue)
{
	model->packets_of = queue;
	model->marked_last = SIZE_MAX;
	restart_packets(model, model->packets.descending);
	strip_clear(&model->strip);
}

void model_go(struct model *model, const struct position *place)
{
	if (place->queue >= model_queue_count(model))
		return;
	model->place = *place;
	if (place->queue != model->packets_of)
		look_at_packets_of(model, place->queue);
}

/* ---- background work ---- */

/* What is known of the queues may have changed by the end. */
static void end_growing(struct model *model)
{
	restart_queues(model, model->queues.descending);
	strip_clear(&model->strip);
}

/* Never blocks: the loop waits for input and keys together. */
static bool grow(struct model *model)
{
	int result;

	if (!model->growing)
		return false;
	result = pimg_image_grow_available(model->image, GROW_A_STEP, &model->grown_bytes,
					   &model->total_bytes, &model->input, &model->failure);
	model->growing = result > 0;
	model->has_failed = result < 0;
	if (!model->growing)
		end_growing(model);
	return model->input < 0;
}

static bool lengthen_strip(struct model *model)
{
	size_t end = count_packets(model);

	if (model->strip.count >= end)
		return false;
	if (end - model->strip.count > STRIP_A_STEP)
		end = model->strip.count + STRIP_A_STEP;
	while (model->strip.count < end) {
		struct pimg_chunk chunk =
			pimg_image_chunk(model->image, model->packets_of, model->strip.count);

		strip_add(&model->strip, chunk.length, chunk.kind == PIMG_PACKET);
	}
	return true;
}

bool model_step(struct model *model)
{
	bool worked = grow(model);

	worked |= order_step(&model->queues);
	worked |= order_step(&model->packets);
	worked |= lengthen_strip(model);
	/* Titles are drawn before the lines whose bytes turn out to be unreadable. */
	worked |= model->is_unreadable && !model->unreadable_is_drawn;
	model->unreadable_is_drawn = model->is_unreadable;
	return worked;
}

bool model_is_ordering(const struct model *model)
{
	return !model->growing &&
	       !(order_is_done(&model->queues) && order_is_done(&model->packets));
}

/* ---- life ---- */

struct model *model_new(struct pimg_image *image, bool growing)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model) {
		pimg_image_close(image);
		return NULL;
	}
	model->image = image;
	model->growing = growing;
	model->input = -1;
	model->marked_queue_last = SIZE_MAX;
	snprintf(model->name, sizeof(model->name), "%s", pimg_image_name(image));
	order_init(&model->queues, &queue_source, model);
	order_init(&model->packets, &packet_source, model);
	look_at_packets_of(model, 0);
	return model;
}

/* Keeps the current place if it exists in the new image. */
void model_set_image(struct model *model, struct pimg_image *image)
{
	struct position *place = &model->place;
	const struct pimg_queue_info *queue;

	pimg_image_close(model->image);
	model->image = image;
	model->images++;
	model->is_unreadable = model->unreadable_is_drawn = false;
	marks_clear(&model->marks);
	model->marked_queue_last = SIZE_MAX;
	restart_queues(model, model->queues.descending);
	if (place->queue >= model_queue_count(model))
		place->queue = 0;
	look_at_packets_of(model, place->queue);
	queue = model_queue(model);
	if (queue && place->chunk >= queue->chunks)
		place->chunk = queue->chunks ? queue->chunks - 1 : 0;
	place->offset = place->length = 0;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	order_free(&model->queues);
	order_free(&model->packets);
	filter_clear(&model->queue_filter);
	filter_clear(&model->packet_filter);
	marks_clear(&model->marks);
	pimg_image_close(model->image);
	free(model);
}
