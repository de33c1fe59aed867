/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps the lines of a list to items: all in the original order, or filtered, or sorted. There can be
 * millions, so filtering and sorting are done in steps between keys; until a sort is complete, the list
 * keeps its order. Without a filter and a sort, it needs no memory; otherwise 4 bytes for each item, and
 * twice as much while it sorts.
 */
#ifndef TUI_DATA_ORDER_H
#define TUI_DATA_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_NOWHERE SIZE_MAX

/* A number to sort an item by. @context: the order's */
typedef uint32_t (*order_key_fn)(void *context, size_t item);

/* The items. Functions may be null: then all items are shown, in the original order. */
struct order_source {
	size_t (*count)(void *context); /* may grow */
	bool (*is_complete)(void *context);
	bool (*shows)(void *context, size_t item);
	order_key_fn key; /* to sort by; if null, by position */
	/*
	 * Replaces shows() if the decision takes long: does part of the work, and returns whether the
	 * result is known. If not, it is called again.
	 */
	bool (*decide)(void *context, size_t item, bool *shown);
};

struct order {
	const struct order_source *source;
	void *context;
	bool filtered, sorted, descending;
	unsigned generation; /* changes whenever lines get different items */

	uint32_t *items; /* by line, if filtered or sorted */
	size_t count, room;
	size_t scanned; /* of the source's items */
	struct order_sort *sort;
	bool sort_done;
};

/* Makes a sort key. Numbers larger than any key, such as -1 for a missing one, sort last. */
static inline uint32_t order_key(uint64_t number)
{
	return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

void order_init(struct order *order, const struct order_source *source, void *context);
void order_free(struct order *order);

/* Starts again after the items, the filter or the key changed. */
void order_restart(struct order *order, bool filtered, bool sorted, bool descending);

/*
 * Works for at most some milliseconds. Returns whether there was anything to do; if so, lines may have
 * changed, and there may be more to do.
 */
bool order_step(struct order *order);
/* Whether all present items are in order; more may follow. */
bool order_is_done(const struct order *order);
/* The progress in percent; 100 if there is nothing to do. */
unsigned order_percent(const struct order *order);

size_t order_count(const struct order *order);
/* The item on a line, or ORDER_NOWHERE if there is no such line. */
size_t order_item(const struct order *order, size_t line);
/* The line of an item, or ORDER_NOWHERE. */
size_t order_line(const struct order *order, size_t item);

#endif
