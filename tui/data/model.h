/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open image and the one place in it that is looked at. All views of an image show the same
 * place: a view that moves sets it, and the others follow.
 */
#ifndef TUI_DATA_MODEL_H
#define TUI_DATA_MODEL_H

#include "data/filter.h"
#include "data/live-pipes.h"
#include "data/marks.h"
#include "data/model-queues.h"
#include "data/order.h"
#include "data/scan.h"
#include "paint/strip.h"
#include "pipeimg.h"

struct column;

/* Bytes of a chunk of a queue. */
struct place {
	size_t queue, chunk;
	uint32_t offset;
	uint32_t length; /* of what was found there, or 0 */
};

/* A packet of which a filter finds out whether it has its pattern. */
struct filter_check {
	struct scan scan;
	struct place place;
	bool begun;
};

struct model {
	struct pimg_image *image;
	unsigned images;  /* that it had before, of which nothing counts any more */
	char name[256];	  /* of the image */
	const char *path; /* by which it was opened, or null: it was made here */
	char note[96];	  /* behind the name of the image: a rule that is tried; or "" */
	/* Of a snapshot: where the pipe is looked for, and which it is; else null. */
	const struct live *live;
	struct live_identity pipe;
	bool growing;
	int input; /* that growing waits for, or -1 */
	uint64_t grown_bytes, total_bytes;
	bool has_failed; /* growing, by failure */
	struct pimg_error failure;
	bool is_unreadable; /* in places, by what was tried; and whether that was drawn */
	bool unreadable_is_drawn;
	struct pimg_error read_failure;

	struct place place;
	struct order queues;
	struct order packets; /* of place.queue; streams and datagrams too */
	size_t packets_of;    /* the queue that they and the strip are of */
	uint64_t ordered_ns;  /* when a filter or an order was asked for, by screen_now_ns() */
	struct filter queue_filter, packet_filter;
	struct filter_check packet_check;
	const struct column *queue_sort, *packet_sort; /* or null */
	struct strip strip;
	struct marks marks;
	size_t marked_last;	  /* chunk of packets_of, or SIZE_MAX */
	size_t marked_queue_last; /* that was marked as a whole, or SIZE_MAX */
};

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

/* What is wrong with the image, as far as it was read, or could not be read; or null. */
const struct pimg_error *model_damage(const struct model *model);

/* The queue that is looked at, or null if there is none (yet). */
const struct pimg_queue_info *model_queue(const struct model *model);
/* The chunk that is looked at. Returns false if there is none (yet). */
bool model_chunk(const struct model *model, struct pimg_chunk *chunk);

/* Goes elsewhere. What is not there is left alone. */
void model_go(struct model *model, const struct place *place);
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
			    struct place *place);

/*
 * Reads up to size bytes of a chunk from offset on, as many as there are.
 * Returns how many, 0 if they cannot be read: then the model keeps why.
 */
size_t model_read(struct model *model, size_t queue, size_t chunk, uint32_t offset, void *buffer,
		  size_t size);

/* A filter that was typed; "" shows all. Returns -1 if it makes no sense. */
int model_filter_queues(struct model *model, const char *text, struct pimg_error *error);
int model_filter_packets(struct model *model, const char *text, struct pimg_error *error);
/* By a column, or null for the order of the image. */
void model_sort_queues(struct model *model, const struct column *column, bool descending);
void model_sort_packets(struct model *model, const struct column *column, bool descending);

#endif
