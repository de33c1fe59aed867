/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chunks are marked: one bit for each chunk, only for queues that have marks. */
#ifndef TUI_DATA_MARKS_H
#define TUI_DATA_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_marks {
	uint64_t *words;
	size_t word_count;
	size_t count; /* bits that are set */
};

struct marks {
	struct queue_marks *queues;
	size_t queue_count;
	size_t count; /* in total */
};

void marks_clear(struct marks *marks);
bool marks_has(const struct marks *marks, size_t queue, size_t chunk);
/* Does nothing if memory is short. */
void marks_set(struct marks *marks, size_t queue, size_t chunk, bool marked);
size_t marks_of_queue(const struct marks *marks, size_t queue);

#endif
