/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open image and the one place in it that is looked at. All views of an image show the same
 * place: a view that moves sets it, and the others follow. Here is what the image has there.
 */
#ifndef TUI_DATA_MODEL_IMAGE_H
#define TUI_DATA_MODEL_IMAGE_H

#include "data/filter.h"
#include "data/live-pipes.h"
#include "data/marks.h"
#include "data/order.h"
#include "data/scan.h"
#include "paint/strip.h"
#include "pipeimg.h"

/* Bytes of a chunk of a queue. */
struct position {
	size_t queue, chunk;
	uint32_t offset;
	uint32_t length; /* of what was found there, or 0 */
};

/* A packet of which a filter finds out whether it has its pattern. */
struct filter_check {
	struct scan scan;
	struct position place;
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

	struct position place;
	struct order queues;
	struct order packets; /* of place.queue; streams and datagrams too */
	size_t packets_of;    /* the queue that they and the strip are of */
	uint64_t ordered_ns;  /* when a filter or an order was asked for, by screen_now_ns() */
	struct filter queue_filter, packet_filter;
	struct filter_check packet_check;
	order_key_fn queue_key, packet_key; /* that they are sorted by, or null */
	struct strip strip;
	struct marks marks;
	size_t marked_last;	  /* chunk of packets_of, or SIZE_MAX */
	size_t marked_queue_last; /* that was marked as a whole, or SIZE_MAX */
};

/*
 * Queues of the image; and after them, once it is read, pipes of which the dump has no record: those count
 * as empty ones.
 */
size_t model_queue_count(const struct model *model);
/* @queue: less than the count */
const struct pimg_queue_info *model_queue_at(const struct model *model, size_t queue);
/* Whether it is one of which the dump has no record; and the word for that. */
bool model_is_unsaved(const struct model *model, size_t queue);
const char *model_unsaved_word(const struct pimg_queue_info *queue);
/*
 * The index of a queue with that id, or SIZE_MAX. Queues of several types, or FIFOs of several file systems,
 * can have the same.
 * @before: one of them, after which the next is wanted, the first after the last; or SIZE_MAX
 * @count: set to how many there are
 */
size_t model_find_queue(const struct model *model, uint64_t id, size_t before, size_t *count);

/* Whether a pattern finds something in what the line of a queue shows. */
bool model_queue_matches(const struct model *model, size_t index, const struct pattern *pattern);

/* What is wrong with the image, as far as it was read, or could not be read; or null. */
const struct pimg_error *model_damage(const struct model *model);

/* The queue that is looked at, or null if there is none (yet). */
const struct pimg_queue_info *model_queue(const struct model *model);
/* The chunk that is looked at. Returns false if there is none (yet). */
bool model_chunk(const struct model *model, struct pimg_chunk *chunk);

/*
 * Reads up to size bytes of a chunk from offset on, as many as there are.
 * Returns how many, 0 if they cannot be read: then the model keeps why.
 */
size_t model_read(struct model *model, size_t queue, size_t chunk, uint32_t offset, void *buffer,
		  size_t size);

#endif
