/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cycles through the items that share a number: the next after one of them, or the first after the last. */
#ifndef TUI_DATA_TURN_H
#define TUI_DATA_TURN_H

#include <stddef.h>
#include <stdint.h>

struct turn {
	size_t before; /* the item to get the next of, or SIZE_MAX */
	size_t first, next;
	size_t count;
};

static inline struct turn turn_after(size_t before)
{
	return (struct turn){before, SIZE_MAX, SIZE_MAX, 0};
}

/* Items must be added in ascending order. */
static inline void turn_add(struct turn *turn, size_t item)
{
	turn->count++;
	if (turn->first == SIZE_MAX)
		turn->first = item;
	if (turn->next == SIZE_MAX && turn->before != SIZE_MAX && item > turn->before)
		turn->next = item;
}

/* SIZE_MAX if there is none. */
static inline size_t turn_found(const struct turn *turn)
{
	return turn->next == SIZE_MAX ? turn->first : turn->next;
}

#endif
