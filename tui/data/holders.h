/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ends of queues in an image, or of live pipes, in the order of a list. Draws nothing. */
#ifndef TUI_DATA_HOLDERS_H
#define TUI_DATA_HOLDERS_H

#include "data/filter.h"
#include "data/live-pipes.h"
#include "data/model.h"
#include "data/order.h"

/* An end: its index, and that of its queue. */
struct holder {
	uint32_t queue, end;
};

/* Identifies an end when they are collected again. */
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
	order_key_fn key; /* to sort by, or null; its context is this struct */
	bool by_name;	  /* the key is the position */
	bool descending;

	/* The state of the source when they were collected. */
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
	const char *unknown; /* why it is not known, or null */
	const char *path;    /* of a live FIFO, or null */
	uint64_t bytes;
	uint32_t capacity; /* or 0 */
	bool is_full;
};

/* @model, @live: one of them; @queue: the only one, or SIZE_MAX */
void holders_init(struct holders *holders, struct model *model, struct live *live, size_t queue);
void holders_free(struct holders *holders);

/* Collects the ends; holders_follow() only if they may have changed. */
void holders_collect(struct holders *holders);
void holders_follow(struct holders *holders);
/* To be called after the filter or the key was set. */
void holders_put_in_order(struct holders *holders);

size_t holders_queue_count(const struct holders *holders);
struct held_queue holders_queue(const struct holders *holders, size_t queue);
/* An item is an index into holders. */
struct held_queue holders_queue_of(const struct holders *holders, size_t item);
const struct pimg_end *holders_end(const struct holders *holders, size_t item);
struct holder_identity holders_identity(const struct holders *holders, size_t item);
/* Whether it waits on the queue; known only of live pipes. */
bool holders_waits(const struct holders *holders, size_t item);
/* Why its process does not run, or null; known only of live pipes. */
const struct pimg_halt *holders_halt(const struct holders *holders, size_t item);
/* "reads", "writes", "packets" (writes in packet mode) or "both". */
const char *holders_deed(const struct pimg_end *end);
/* The text by which an item can be found. */
void holders_describe(const struct holders *holders, size_t item, char *text, size_t size);

#endif
