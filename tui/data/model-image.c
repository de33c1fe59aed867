// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/model-image.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "data/turn.h"

/* ---- queues ---- */

size_t model_queue_count(const struct model *model)
{
	/* While the image grows, more queues can follow. */
	size_t unsaved = model->growing ? 0 : pimg_image_unsaved_count(model->image);

	return pimg_image_queue_count(model->image) + unsaved;
}

bool model_is_unsaved(const struct model *model, size_t queue)
{
	return queue >= pimg_image_queue_count(model->image);
}

/* A damaged image may have a record for it. */
const char *model_unsaved_word(const struct pimg_queue_info *queue)
{
	return queue->unreadable ? "unreadable" : "not in dump";
}

const struct pimg_queue_info *model_queue_at(const struct model *model, size_t queue)
{
	size_t saved = pimg_image_queue_count(model->image);

	return queue < saved ? pimg_image_queue(model->image, queue)
			     : pimg_image_unsaved(model->image, queue - saved);
}

size_t model_find_queue(const struct model *model, uint64_t id, size_t before, size_t *count)
{
	size_t queues = model_queue_count(model);
	struct turn turn = turn_after(before);

	for (size_t i = 0; i < queues; i++) {
		if (model_queue_at(model, i)->id == id)
			turn_add(&turn, i);
	}
	*count = turn.count;
	return turn_found(&turn);
}

static bool finds(const struct pattern *pattern, const char *text)
{
	struct match match;

	return pattern_find(pattern, text, strlen(text), 0, true, &match);
}

/* Searches what its line shows: ID, kind, holders and the paths of FIFOs. */
bool model_queue_matches(const struct model *model, size_t index, const struct pattern *pattern)
{
	const struct pimg_queue_info *queue = model_queue_at(model, index);
	char text[128];

	snprintf(text, sizeof(text), "%s %" PRIu32 " %s", pimg_type_name(queue->type), queue->id,
		 model_is_unsaved(model, index) ? model_unsaved_word(queue)
		 : queue->boundaries_lost	? "merged"
						: pimg_mode_name(queue->mode));
	if (finds(pattern, text))
		return true;
	for (size_t i = 0; i < queue->end_count; i++) {
		snprintf(text, sizeof(text), "%s[%" PRIu32 "]", pimg_end_at(queue->ends, i)->comm,
			 pimg_end_at(queue->ends, i)->pid);
		if (finds(pattern, text))
			return true;
	}
	for (size_t i = 0; i < queue->path_count; i++) {
		if (finds(pattern, queue->paths[i]))
			return true;
	}
	return false;
}

/* ---- the current place, and reading ---- */

const struct pimg_queue_info *model_queue(const struct model *model)
{
	if (model->place.queue >= model_queue_count(model))
		return NULL;
	return model_queue_at(model, model->place.queue);
}

bool model_chunk(const struct model *model, struct pimg_chunk *chunk)
{
	const struct pimg_queue_info *queue = model_queue(model);

	if (!queue || model->place.chunk >= queue->chunks)
		return false;
	*chunk = pimg_image_chunk(model->image, model->place.queue, model->place.chunk);
	return true;
}

const struct pimg_error *model_damage(const struct model *model)
{
	const struct pimg_error *damage = pimg_image_damage(model->image);

	if (model->has_failed)
		return &model->failure;
	return damage || !model->is_unreadable ? damage : &model->read_failure;
}

size_t model_read(struct model *model, size_t queue, size_t chunk, uint32_t offset, void *buffer,
		  size_t size)
{
	uint32_t length = pimg_image_chunk(model->image, queue, chunk).length;
	struct pimg_error error;

	if (offset >= length)
		return 0;
	if (size > length - offset)
		size = length - offset;
	if (pimg_image_read(model->image, queue, chunk, offset, buffer, size, &error) == 0)
		return size;
	model->is_unreadable = true;
	model->read_failure = error;
	return 0;
}
