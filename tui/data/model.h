/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes on in a model: it grows, its lists are sorted and filtered, and another place is looked at. */
#ifndef TUI_DATA_MODEL_H
#define TUI_DATA_MODEL_H

#include "data/model-image.h"

/* Takes the image: it is closed with the model. Returns null when memory is short; then it is closed. */
struct model *model_new(struct pimg_image *image, bool growing);
void model_free(struct model *model);
/* Another image in the place of the one that is shown, which is closed. Marks are gone with it. */
void model_set_image(struct model *model, struct pimg_image *image);

/*
 * A step of background work of some milliseconds. Returns whether there was anything to do, as
 * order_step() does.
 */
bool model_step(struct model *model);

/* Whether a list of an image that is read is on the way to its order or its filter. */
bool model_is_ordering(const struct model *model);

/* Goes elsewhere. What is not there is left alone. */
void model_go(struct model *model, const struct position *place);
/*
 * Whether the filter of packets lets one of them pass; of any queue. Looks at some of its bytes, and
 * returns false if it is not known yet: then it wants to be called again.
 * @check: all zeros at first
 */
bool model_decide_packet(struct model *model, struct filter_check *check, size_t queue,
			 size_t chunk, bool *shown);

/*
 * Looks for a pattern in a piece of a chunk, for about a millisecond.
 * @place: the queue and the chunk; where it is in there, and how long, is set when it is found
 */
enum scan_result model_scan(struct model *model, struct scan *scan, const struct pattern *pattern,
			    struct position *place);

/* A filter that was typed; "" shows all. Returns -1 if it makes no sense. */
int model_filter_queues(struct model *model, const char *text, struct pimg_error *error);
int model_filter_packets(struct model *model, const char *text, struct pimg_error *error);
/* By a number, or null for the order of the image. */
void model_sort_queues(struct model *model, order_key_fn key, bool descending);
void model_sort_packets(struct model *model, order_key_fn key, bool descending);

#endif
