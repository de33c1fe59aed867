/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of queues, of an image or of live pipes, in the order of a list. Draws nothing. */
#ifndef TUI_DATA_HOLDERS_H
#define TUI_DATA_HOLDERS_H

#include "data/filter.h"
#include "data/live-pipes.h"
#include "data/model.h"
#include "data/order.h"

/* An end: which of which queue. */
struct holder {
	uint32_t queue, end;
};

/* What identifies one, when they are collected again. */
struct holder_identity {
	uint32_t id, pid, fd;
};

struct holders {
	struct model *model; /* or null */
	struct live *live;   /* or null */
	size_t queue;	     /* the only one, or SIZE_MAX */

	struct holder *holders; /* in the order of queues, or of names */
	size_t count, room;
	struct order order;
	struct filter filter;
	order_key_fn key; /* to sort by, or null; gets this struct */
	bool by_name;	  /* the key is the place */
	bool descending;

	/* What they were collected from. */
	unsigned generation;
	bool had_grown;
	unsigned images; /* of the model */
	uint64_t collected_ns;
};

/* A queue, live or in an image. */
struct held_queue {
	enum pimg_type type;
	uint32_t id;
	size_t end_count;
	const struct pimg_ends *ends;
	bool fill_known;
	const char *unknown; /* why it is not, or null */
	const char *path;    /* of a live FIFO, or null */
	uint64_t bytes;
	uint32_t capacity; /* or 0 */
	bool is_full;
};

/* @model, @live: one of them; @queue: the only one, or SIZE_MAX */
void holders_init(struct holders *holders, struct model *model, struct live *live, size_t queue);
void holders_free(struct holders *holders);

/* Collects them, or only if they may have become others. */
void holders_collect(struct holders *holders);
void holders_follow(struct holders *holders);
/* After the filter or the key was set. */
void holders_put_in_order(struct holders *holders);

size_t holders_queue_count(const struct holders *holders);
struct held_queue holders_queue(const struct holders *holders, size_t queue);
/* Of an item: an index into holders. */
struct held_queue holders_queue_of(const struct holders *holders, size_t item);
const struct pimg_end *holders_end(const struct holders *holders, size_t item);
struct holder_identity holders_identity(const struct holders *holders, size_t item);
/* Whether it waits on the queue; known of live ones. */
bool holders_waits(const struct holders *holders, size_t item);
/* Why its process does not run, or null; known of live ones. */
const struct pimg_halt *holders_halt(const struct holders *holders, size_t item);
/* "reads", "writes", "packets" (it writes them), "both". */
const char *holders_deed(const struct pimg_end *end);
/* What an item can be found by. */
void holders_describe(const struct holders *holders, size_t item, char *text, size_t size);

#endif
