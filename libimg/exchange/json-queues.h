/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the entries of one pipe are together. Records that contradict each other, or of which it can only
 * be guessed what they are, are no queue: entries are edited by hand, and a guess would be silent.
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
	uint32_t promised; /* how many there are, by the first entry */
};

void json_queues_start(struct json_queues *queues);
/* Takes an entry of a pipe or FIFO in. Returns 0, or -1 if it does not go with those before. */
int json_queues_add(struct json_queues *queues, const struct json_entry *entry, uint64_t number,
		    struct pimg_error *error);
/* Once all were taken in: fails if there are more or fewer than their first entries promise. */
int json_queues_end(const struct json_queues *queues, struct pimg_error *error);
void json_queues_release(struct json_queues *queues);

#endif
