// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/order.h"

#include <stdlib.h>
#include <string.h>

#include "terminal/screen.h"

/* A filter may have to read every item. */
#define FILTER_STEP_NS 2000000U
#define SORTED_A_STEP  65536
#define DIGITS	       65536

/*
 * A radix sort by the low half of the keys, then by the high half if any key needs it. It is stable, takes
 * linear time, and can be done in steps.
 */
struct order_sort {
	unsigned shift; /* 0 or 16: which half */
	bool counted;	/* else digits are still being counted */
	size_t at;
	uint32_t highest;
	uint32_t places[DIGITS]; /* counts, then the position of the next item */
	uint32_t *sorted;
};

void order_init(struct order *order, const struct order_source *source, void *context)
{
	memset(order, 0, sizeof(*order));
	order->source = source;
	order->context = context;
}

static void end_sort(struct order *order)
{
	if (order->sort)
		free(order->sort->sorted);
	free(order->sort);
	order->sort = NULL;
}

void order_free(struct order *order)
{
	end_sort(order);
	free(order->items);
	order->items = NULL;
	order->count = order->room = order->scanned = 0;
}

static bool is_mapped(const struct order *order)
{
	return order->filtered || order->sorted;
}

void order_restart(struct order *order, bool filtered, bool sorted, bool descending)
{
	bool was_mapped = is_mapped(order);

	order_free(order);
	order->filtered = filtered && (order->source->shows || order->source->decide);
	order->sorted = sorted && order->source->key;
	order->descending = descending;
	order->sort_done = false;
	order->generation += was_mapped || is_mapped(order);
}

static size_t source_count(const struct order *order)
{
	return order->source->count(order->context);
}

/* ---- filtering ---- */

/* If all items will be in the list, allocates for the known ones immediately. */
static bool make_room(struct order *order)
{
	size_t wanted = order->filtered ? order->count + 1 : source_count(order), room;
	uint32_t *items;

	if (wanted <= order->room)
		return true;
	room = order->room * 2 > wanted ? order->room * 2 : wanted + 64;
	items = realloc(order->items, room * sizeof(*items));
	if (!items)
		return false;
	order->items = items;
	order->room = room;
	return true;
}

/* Returns whether it is already known if the filter shows an item. */
static bool decide(struct order *order, size_t item, bool *shown)
{
	*shown = true;
	if (!order->filtered)
		return true;
	if (order->source->decide)
		return order->source->decide(order->context, item, shown);
	*shown = order->source->shows(order->context, item);
	return true;
}

static void scan(struct order *order)
{
	uint64_t end_ns = screen_now_ns() + FILTER_STEP_NS;
	size_t end = source_count(order);
	bool shown;

	if (end - order->scanned > SORTED_A_STEP)
		end = order->scanned + SORTED_A_STEP;
	while (order->scanned < end && (!order->filtered || screen_now_ns() < end_ns)) {
		if (!decide(order, order->scanned, &shown))
			continue;
		if (shown && !make_room(order)) {
			/* If memory is short, the list ends here. */
			order->scanned = source_count(order);
			return;
		}
		if (shown)
			order->items[order->count++] = (uint32_t)order->scanned;
		order->scanned++;
	}
}

/* ---- sorting ---- */

static uint32_t key_of(const struct order *order, size_t line)
{
	uint32_t key = order->source->key(order->context, order->items[line]);

	return order->descending ? ~key : key;
}

static bool begin_sort(struct order *order)
{
	order->sort = calloc(1, sizeof(*order->sort));
	if (order->sort)
		order->sort->sorted = malloc((order->count + 1) * sizeof(*order->items));
	if (order->sort && order->sort->sorted)
		return true;
	end_sort(order);
	order->sort_done = true;
	return false;
}

static void count_digits(struct order *order, struct order_sort *sort, size_t end)
{
	uint32_t sum = 0;

	for (; sort->at < end; sort->at++) {
		uint32_t key = key_of(order, sort->at);

		sort->places[key >> sort->shift & (DIGITS - 1)]++;
		/* In inverted keys, an unused upper half is the same in all keys. */
		if (key >> 16 != key_of(order, 0) >> 16)
			sort->highest = 1;
	}
	if (end < order->count)
		return;
	for (size_t i = 0; i < DIGITS; i++) {
		uint32_t count = sort->places[i];

		sort->places[i] = sum;
		sum += count;
	}
	sort->counted = true;
	sort->at = 0;
}

static void place_items(struct order *order, struct order_sort *sort, size_t end)
{
	uint32_t *swapped = order->items;

	for (; sort->at < end; sort->at++) {
		uint32_t digit = key_of(order, sort->at) >> sort->shift & (DIGITS - 1);

		sort->sorted[sort->places[digit]++] = order->items[sort->at];
	}
	if (end < order->count)
		return;
	order->items = sort->sorted;
	sort->sorted = swapped;
	order->room = order->count;
	if (!sort->shift && sort->highest) {
		memset(sort->places, 0, sizeof(sort->places));
		sort->shift = 16;
		sort->counted = false;
		sort->at = 0;
		return;
	}
	end_sort(order);
	order->sort_done = true;
}

static void sort_step(struct order *order)
{
	struct order_sort *sort = order->sort;
	size_t end;

	if (!sort) {
		if (!begin_sort(order))
			return;
		sort = order->sort;
	}
	end = order->count - sort->at > SORTED_A_STEP ? sort->at + SORTED_A_STEP : order->count;
	if (sort->counted)
		place_items(order, sort, end);
	else
		count_digits(order, sort, end);
}

/* ---- all ---- */

/* Items are appended one by one, and sorted when all are present. */
static bool needs_sort(const struct order *order)
{
	return order->sorted && !order->sort_done && order->scanned == source_count(order) &&
	       order->source->is_complete(order->context);
}

bool order_is_done(const struct order *order)
{
	return !is_mapped(order) || !(order->scanned < source_count(order) || needs_sort(order));
}

bool order_step(struct order *order)
{
	if (order_is_done(order))
		return false;
	if (order->scanned < source_count(order))
		scan(order);
	else
		sort_step(order);
	return true;
}

unsigned order_percent(const struct order *order)
{
	size_t total = source_count(order), done = order->scanned;

	if (!is_mapped(order) || !total)
		return 100;
	if (order->sorted) {
		total *= 2;
		done += order->sort_done ? order->scanned : order->sort ? order->sort->at : 0;
	}
	return done >= total ? 100 : (unsigned)((double)done / (double)total * 100);
}

size_t order_count(const struct order *order)
{
	return is_mapped(order) ? order->count : source_count(order);
}

size_t order_item(const struct order *order, size_t line)
{
	if (line >= order_count(order))
		return ORDER_NOWHERE;
	return is_mapped(order) ? order->items[line] : line;
}

/* A list that is only filtered keeps the original order. */
static size_t search_filtered(const struct order *order, size_t item)
{
	size_t low = 0, high = order->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (order->items[middle] < item)
			low = middle + 1;
		else
			high = middle;
	}
	return low < order->count && order->items[low] == item ? low : ORDER_NOWHERE;
}

size_t order_line(const struct order *order, size_t item)
{
	if (!is_mapped(order))
		return item < source_count(order) ? item : ORDER_NOWHERE;
	if (!order->sorted)
		return search_filtered(order, item);
	for (size_t line = 0; line < order->count; line++) {
		if (order->items[line] == item)
			return line;
	}
	return ORDER_NOWHERE;
}
