// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/json-queues.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "pipeimg-private.h"

/* How an entry stores its chunks. */
enum storing { STORES_NOTHING, STORES_ONE, STORES_LIST, STORES_PLAIN };

static const char *const descriptions[] = {
	[STORES_NOTHING] = "has no bytes",
	[STORES_ONE] = "has \"kind\"",
	[STORES_LIST] = "has \"chunks\"",
	[STORES_PLAIN] = "has neither \"kind\" nor \"chunks\"",
};

/* The entries of a pipe. Only an entry with a kind can be followed by others. */
struct json_queue {
	uint64_t first; /* number of the first entry */
	enum storing storing;
	uint64_t count;
	bool promises;
	uint32_t promised; /* according to the first entry */
};

void json_queues_start(struct json_queues *queues)
{
	queue_table_start(&queues->table);
}

void json_queues_release(struct json_queues *queues)
{
	queue_table_release(&queues->table);
	free(queues->queues);
}

static enum storing storing_of(const struct json_entry *entry)
{
	if (entry->pipe.n_chunks)
		return STORES_LIST;
	if (!entry->pipe.bytes)
		return STORES_NOTHING;
	return entry->pipe.has_kind ? STORES_ONE : STORES_PLAIN;
}

static struct json_queue *room_for(struct json_queues *queues, size_t number,
				   struct pimg_error *error)
{
	if (array_make_room(&queues->queues, &queues->room, number + 1, sizeof(*queues->queues),
			    error) < 0)
		return NULL;
	return &queues->queues[number];
}

int json_queues_add(struct json_queues *queues, const struct json_entry *entry, uint64_t number,
		    struct pimg_error *error)
{
	enum storing storing = storing_of(entry);
	size_t count = queues->table.count;
	int64_t found = queue_table_add(&queues->table, entry->type, json_entry_id(entry), error);
	struct json_queue *queue = found < 0 ? NULL : room_for(queues, (size_t)found, error);

	if (!queue)
		return -1;
	if ((size_t)found == count) {
		*queue = (struct json_queue){
			.first = number,
			.storing = storing,
			.count = 1,
			.promises = entry->pipe.has_records,
			.promised = entry->pipe.records,
		};
		queues->promises |= !count && entry->pipe.has_queues;
		queues->promised = count ? queues->promised : entry->pipe.queues;
		return 0;
	}
	queue->count++;
	if (queue->storing == STORES_ONE && storing == STORES_ONE)
		return 0;
	return error_check(
		error, CHECK_MIXED_LAYOUTS,
		"another entry of this pipe %s, and entry %" PRIu64
		" %s; if each is a chunk of one queue, add \"kind\": \"PACKET\" or \"kind\": "
		"\"STREAM\" to each",
		descriptions[storing], queue->first, descriptions[queue->storing]);
}

int json_queues_end(const struct json_queues *queues, struct pimg_error *error)
{
	for (size_t i = 0; i < queues->table.count; i++) {
		const struct json_queue *queue = &queues->queues[i];

		if (!queue->promises || queue->promised == queue->count)
			continue;
		error_check(error, CHECK_RECORDS_MISSING,
			    "\"records\" is %" PRIu32 ", but the pipe has %" PRIu64
			    " entr%s; correct or remove it",
			    queue->promised, queue->count, queue->count == 1 ? "y" : "ies");
		error_of_queue(error, queues->table.keys[i].type, queues->table.keys[i].id);
		return error_at(error, queue->first, (uint64_t)PIMG_NONE);
	}
	if (!queues->promises || queues->promised == queues->table.count)
		return 0;
	error_check(error, CHECK_QUEUES_MISSING,
		    "\"queues\" is %" PRIu32
		    ", but there are entries of %zu pipe%s; correct or remove it",
		    queues->promised, queues->table.count, PLURAL_S(queues->table.count));
	return error_at(error, 1, (uint64_t)PIMG_NONE);
}
