// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/marks.h"

#include <stdlib.h>
#include <string.h>

void marks_clear(struct marks *marks)
{
	for (size_t i = 0; i < marks->queue_count; i++)
		free(marks->queues[i].words);
	free(marks->queues);
	memset(marks, 0, sizeof(*marks));
}

/* Extends an array with zeros. Returns null if memory is short; the array is then unchanged. */
static void *lengthen(void *array, size_t *count, size_t wanted, size_t size)
{
	char *longer;

	wanted += wanted / 2;
	longer = reallocarray(array, wanted, size);
	if (!longer)
		return NULL;
	memset(longer + *count * size, 0, (wanted - *count) * size);
	*count = wanted;
	return longer;
}

static struct queue_marks *make_room(struct marks *marks, size_t queue, size_t chunk)
{
	size_t word = chunk / 64;
	struct queue_marks *entry;
	void *longer;

	if (queue >= marks->queue_count) {
		longer = lengthen(marks->queues, &marks->queue_count, queue + 1,
				  sizeof(*marks->queues));
		if (!longer)
			return NULL;
		marks->queues = longer;
	}
	entry = &marks->queues[queue];
	if (word >= entry->word_count) {
		longer =
			lengthen(entry->words, &entry->word_count, word + 1, sizeof(*entry->words));
		if (!longer)
			return NULL;
		entry->words = longer;
	}
	return entry;
}

bool marks_has(const struct marks *marks, size_t queue, size_t chunk)
{
	const struct queue_marks *entry;

	if (queue >= marks->queue_count)
		return false;
	entry = &marks->queues[queue];
	return chunk / 64 < entry->word_count && entry->words[chunk / 64] >> chunk % 64 & 1;
}

void marks_set(struct marks *marks, size_t queue, size_t chunk, bool marked)
{
	struct queue_marks *entry;

	if (marks_has(marks, queue, chunk) == marked)
		return;
	entry = make_room(marks, queue, chunk);
	if (!entry)
		return;
	entry->words[chunk / 64] ^= (uint64_t)1 << chunk % 64;
	if (marked) {
		entry->count++;
		marks->count++;
	} else {
		entry->count--;
		marks->count--;
	}
}

size_t marks_of_queue(const struct marks *marks, size_t queue)
{
	return queue < marks->queue_count ? marks->queues[queue].count : 0;
}
