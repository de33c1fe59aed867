/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers for queues, counted from 0 in the order of their arrival, found by type and id. */
#ifndef LIBIMG_FORMAT_QUEUE_TABLE_H
#define LIBIMG_FORMAT_QUEUE_TABLE_H

#include "pipeimg.h"

/* More than a machine can have: each pipe costs the kernel more than it costs us. */
#define QUEUES_MAX (1U << 17)

/* Ends of all queues together: each descriptor costs the kernel more than it costs us. */
#define ENDS_MAX (1U << 18)

struct queue_table {
	struct queue_key {
		enum pimg_type type;
		uint32_t id;
		uint32_t set; /* 0, unless several queues of one image have the same id */
	} * keys;
	size_t count, room;
	uint32_t *slots; /* open hash of numbers + 1 */
	size_t slot_count;
	uint32_t latest; /* found last: records of a queue are usually adjacent */
	uint64_t seed;
};

/* The table must be all zeros before. */
void queue_table_start(struct queue_table *table);
void queue_table_release(struct queue_table *table);
/* Returns the queue's number, or -1 if it is not in the table. */
int64_t queue_table_find(const struct queue_table *table, enum pimg_type type, uint32_t id);
/* Returns the queue's number, which may be new; or -1 if there are too many. */
int64_t queue_table_add(struct queue_table *table, enum pimg_type type, uint32_t id,
			struct pimg_error *error);
/* The same in a set, within which ids are unique; the functions above use set 0. */
int64_t queue_table_find_in(const struct queue_table *table, uint32_t set, enum pimg_type type,
			    uint32_t id);
int64_t queue_table_add_in(struct queue_table *table, uint32_t set, enum pimg_type type,
			   uint32_t id, struct pimg_error *error);

#endif
