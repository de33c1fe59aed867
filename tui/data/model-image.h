/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open image and the current place in it. All views of an image show the same place: a view that
 * moves sets it, and the others follow. This file has what the image contains there.
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
	uint32_t length; /* of a match at that offset, or 0 */
};

/* The packet that a filter is searching for its pattern. */
struct filter_check {
	struct scan scan;
	struct position place;
	bool begun;
};

struct model {
	struct pimg_image *image;
	unsigned images;  /* counts replaced images, whose data is obsolete */
	char name[256];	  /* of the image */
	const char *path; /* by which it was opened; null if it was created here */
	/* The path of the dump, if the input has several; else null. */
	const char *dump;
	char note[96]; /* shown after the name of the image: the rule being tried, or "" */
	/* For a snapshot: where to find the pipe, and which it is; else null. */
	const struct live *live;
	struct live_identity pipe;
	bool growing;
	int input; /* descriptor that growing waits for, or -1 */
	uint64_t grown_bytes, total_bytes;
	bool has_failed; /* growing failed, see failure */
	struct pimg_error failure;
	bool is_unreadable; /* some bytes could not be read; and whether that was drawn */
	bool unreadable_is_drawn;
	struct pimg_error read_failure;

	struct position place;
	struct order queues;
	struct order packets; /* of place.queue; includes stream runs and datagrams */
	size_t packets_of;    /* the queue of packets and strip */
	uint64_t ordered_ns;  /* when filtering or sorting began, by screen_now_ns() */
	struct filter queue_filter, packet_filter;
	struct filter_check packet_check;
	order_key_fn queue_key, packet_key; /* to sort by, or null */
	struct strip strip;
	struct marks marks;
	size_t marked_last;	  /* chunk of packets_of, or SIZE_MAX */
	size_t marked_queue_last; /* whose chunks were all marked, or SIZE_MAX */
};

/*
 * The queues of the image, followed, when it is read completely, by the pipes that have no record in the
 * dump. Those count as empty queues.
 */
size_t model_queue_count(const struct model *model);
/* @queue: less than the count */
const struct pimg_queue_info *model_queue_at(const struct model *model, size_t queue);
/* Whether the dump has no record of the queue, and the word for that. */
bool model_is_unsaved(const struct model *model, size_t queue);
const char *model_unsaved_word(const struct pimg_queue_info *queue);
/*
 * The index of a queue with that id, or SIZE_MAX. Queues of different types, and FIFOs on different file
 * systems, can have the same id.
 * @before: one of them, to get the next, or the first after the last; or SIZE_MAX
 * @count: set to how many there are
 */
size_t model_find_queue(const struct model *model, uint64_t id, size_t before, size_t *count);

/* Whether a pattern matches what the line of a queue shows. */
bool model_queue_matches(const struct model *model, size_t index, const struct pattern *pattern);

/* The damage found so far, or why the image could not be read; or null. */
const struct pimg_error *model_damage(const struct model *model);

/* The current queue, or null if there is none (yet). */
const struct pimg_queue_info *model_queue(const struct model *model);
/* Gets the current chunk. Returns false if there is none (yet). */
bool model_chunk(const struct model *model, struct pimg_chunk *chunk);

/*
 * Reads up to size bytes of a chunk, starting at offset.
 * Returns how many were read; or 0 if they cannot be read, with the reason kept in the model.
 */
size_t model_read(struct model *model, size_t queue, size_t chunk, uint32_t offset, void *buffer,
		  size_t size);

#endif
