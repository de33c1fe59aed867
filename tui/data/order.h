/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which item stands on which line of a list: all in their own order, or filtered, or sorted. There can
 * be millions, so filtering and sorting go on step by step between keys, and what is not done yet
 * leaves the list as it was. Without a filter and a sort no memory is needed, else 4 bytes an item,
 * and as much again while it sorts.
 */
#ifndef TUI_DATA_ORDER_H
#define TUI_DATA_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_NOWHERE SIZE_MAX

/* A number to sort an item by. @context: the order's */
typedef uint32_t (*order_key_fn)(void *context, size_t item);

/* The items. Functions may be null: then all are shown, and none is sorted. */
struct order_source {
	size_t (*count)(void *context); /* may grow */
	bool (*is_complete)(void *context);
	bool (*shows)(void *context, size_t item);
	order_key_fn key; /* by which is sorted; else its place */
	/*
	 * In place of shows(), where it takes long to find out: does some of that, and returns whether
	 * it is known now. If not, it is called again.
	 */
	bool (*decide)(void *context, size_t item, bool *shown);
};

struct order {
	const struct order_source *source;
	void *context;
	bool filtered, sorted, descending;
	unsigned
		generation; /* another one after each time that lines became those of other items */

	uint32_t *items; /* by line, where filtered or sorted */
	size_t count, room;
	size_t scanned; /* of the source's items */
	struct order_sort *sort;
	bool sort_done;
};

/* A number to sort by. What is greater than any key, as what there is none of (-1), comes last. */
static inline uint32_t order_key(uint64_t number)
{
	return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

void order_init(struct order *order, const struct order_source *source, void *context);
void order_free(struct order *order);

/* Begins anew: the items are others, or the filter is, or the key. */
void order_restart(struct order *order, bool filtered, bool sorted, bool descending);

/*
 * A step of some milliseconds at most. Returns whether there was anything to do: then lines may have
 * changed, and there may be more to do.
 */
bool order_step(struct order *order);
/* Whether all items that there are stand where they belong; new ones may come. */
bool order_is_done(const struct order *order);
/* How far it is, in percent; 100 when there is nothing to do. */
unsigned order_percent(const struct order *order);

size_t order_count(const struct order *order);
/* The item on a line, or ORDER_NOWHERE if there is no such line (any more). */
size_t order_item(const struct order *order, size_t line);
/* The line of an item, or ORDER_NOWHERE. */
size_t order_line(const struct order *order, size_t item);

#endif
