/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks that the entries of a pipe form a queue. Entries that contradict each other or are ambiguous are refused:
 * people edit them by hand, and would not notice a wrong guess.
 */
#ifndef LIBIMG_EXCHANGE_JSON_QUEUES_H
#define LIBIMG_EXCHANGE_JSON_QUEUES_H

#include "exchange/json-entry.h"
#include "format/queue-table.h"

struct json_queues {
	struct queue_table table;
	struct json_queue *queues;
	size_t room;
	bool promises;
	uint32_t promised; /* their number, according to the first entry */
};

void json_queues_start(struct json_queues *queues);
/* Adds an entry of a pipe or FIFO. Returns 0, or -1 if it contradicts the entries before. */
int json_queues_add(struct json_queues *queues, const struct json_entry *entry, uint64_t number,
		    struct pimg_error *error);
/* After all entries: fails if there are more or fewer than the first entries say. */
int json_queues_end(const struct json_queues *queues, struct pimg_error *error);
void json_queues_release(struct json_queues *queues);

#endif
