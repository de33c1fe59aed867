/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to a model: it grows, its lists are sorted and filtered, and its current place changes. */
#ifndef TUI_DATA_MODEL_H
#define TUI_DATA_MODEL_H

#include "data/model-image.h"

/* Takes ownership of the image. Returns null if memory is short; the image is then closed. */
struct model *model_new(struct pimg_image *image, bool growing);
void model_free(struct model *model);
/* Replaces the image, which is closed, and removes all marks. */
void model_set_image(struct model *model, struct pimg_image *image);

/*
 * Does some milliseconds of background work. Returns whether there was anything to do, like
 * order_step().
 */
bool model_step(struct model *model);

/* Whether a list of a completely read image is still being sorted or filtered. */
bool model_is_ordering(const struct model *model);

/* Goes to a place. Does nothing if it does not exist. */
void model_go(struct model *model, const struct position *place);
/*
 * Decides whether the filter shows a packet of any queue. Examines only some of its bytes, and returns
 * false if it must be called again.
 * @check: all zeros at first
 */
bool model_decide_packet(struct model *model, struct filter_check *check, size_t queue,
			 size_t chunk, bool *shown);

/*
 * Searches a piece of a chunk for a pattern, for about a millisecond.
 * @place: the queue and the chunk; offset and length are set to those of a match
 */
enum scan_result model_scan(struct model *model, struct scan *scan, const struct pattern *pattern,
			    struct position *place);

/* Sets a filter that was typed; "" shows all. Returns -1 if it is invalid. */
int model_filter_queues(struct model *model, const char *text, struct pimg_error *error);
int model_filter_packets(struct model *model, const char *text, struct pimg_error *error);
/* Sorts by a key, or in the order of the image if key is null. */
void model_sort_queues(struct model *model, order_key_fn key, bool descending);
void model_sort_packets(struct model *model, order_key_fn key, bool descending);

#endif
