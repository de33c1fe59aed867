// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/queue-table.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/hash.h"

void queue_table_start(struct queue_table *table)
{
	*table = (struct queue_table){0};
	/* Without randomness, the address must do, which differs from run to run. */
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uintptr_t)table;
}

void queue_table_release(struct queue_table *table)
{
	free(table->keys);
	free(table->slots);
}

static size_t slot_of(const struct queue_table *table, uint32_t set, enum pimg_type type,
		      uint32_t id)
{
	/* Seeded, so that no file can choose ids that all have the same slot. */
	uint64_t key = (uint64_t)set << 40 | (uint64_t)type << 32 | id;
	size_t slot =
		XXH3_64bits_withSeed(&key, sizeof(key), table->seed) & (table->slot_count - 1);

	while (table->slots[slot]) {
		const struct queue_key *found = &table->keys[table->slots[slot] - 1];

		if (found->id == id && found->type == type && found->set == set)
			break;
		slot = (slot + 1) & (table->slot_count - 1);
	}
	return slot;
}

static int grow(struct queue_table *table, struct pimg_error *error)
{
	size_t room = table->room ? table->room * 2 : 16;
	struct queue_key *keys = reallocarray(table->keys, room, sizeof(*keys));
	uint32_t *slots;

	if (!keys)
		return error_memory(error);
	table->keys = keys;
	slots = calloc(room * 2, sizeof(*slots));
	if (!slots)
		return error_memory(error);
	free(table->slots);
	table->slots = slots;
	table->slot_count = room * 2;
	table->room = room;
	for (size_t i = 0; i < table->count; i++)
		slots[slot_of(table, keys[i].set, keys[i].type, keys[i].id)] = (uint32_t)i + 1;
	return 0;
}

int64_t queue_table_find(const struct queue_table *table, enum pimg_type type, uint32_t id)
{
	return queue_table_find_in(table, 0, type, id);
}

int64_t queue_table_find_in(const struct queue_table *table, uint32_t set, enum pimg_type type,
			    uint32_t id)
{
	if (!table->count)
		return -1;
	return (int64_t)table->slots[slot_of(table, set, type, id)] - 1;
}

int64_t queue_table_add(struct queue_table *table, enum pimg_type type, uint32_t id,
			struct pimg_error *error)
{
	return queue_table_add_in(table, 0, type, id, error);
}

int64_t queue_table_add_in(struct queue_table *table, uint32_t set, enum pimg_type type,
			   uint32_t id, struct pimg_error *error)
{
	int64_t found;

	if (table->latest < table->count && table->keys[table->latest].id == id &&
	    table->keys[table->latest].type == type && table->keys[table->latest].set == set)
		return table->latest;
	found = queue_table_find_in(table, set, type, id);
	if (found >= 0) {
		table->latest = (uint32_t)found;
		return found;
	}
	if (table->count == QUEUES_MAX)
		return error_check(error, CHECK_TOO_MANY,
				   "more than %u queues, which no machine can have", QUEUES_MAX);
	if (table->count == table->room && grow(table, error) < 0)
		return -1;
	table->keys[table->count] = (struct queue_key){type, id, set};
	table->slots[slot_of(table, set, type, id)] = (uint32_t)++table->count;
	return (int64_t)table->count - 1;
}
