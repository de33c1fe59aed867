/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chunks of which queues are marked: a bit a chunk, in the queues that have any. */
#ifndef TUI_DATA_MARKS_H
#define TUI_DATA_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_marks {
	uint64_t *words;
	size_t word_count;
	size_t count; /* of bits that are set */
};

struct marks {
	struct queue_marks *queues;
	size_t queue_count;
	size_t count; /* in all */
};

void marks_clear(struct marks *marks);
bool marks_has(const struct marks *marks, size_t queue, size_t chunk);
/* Without memory nothing is marked. */
void marks_set(struct marks *marks, size_t queue, size_t chunk, bool marked);
size_t marks_of_queue(const struct marks *marks, size_t queue);

#endif
