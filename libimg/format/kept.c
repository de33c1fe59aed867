// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every inventory.img differs: it holds the time of its dump, to the microsecond. Its copy identifies the dump
 * that the kept queues belong to; the line before it says how many there must be.
 */
#include "format/kept.h"

#include <stdio.h>
#include <string.h>

/* CRIU's has some hundred bytes. */
#define INVENTORY_MAX 16384

const char *kept_image(enum pimg_type type)
{
	return type == PIMG_FIFO ? KEPT_FIFOS : KEPT_PIPES;
}

/* Reads a small file. Returns its length, -1 if there is none, it is longer, or cannot be read. */
static ssize_t read_small(struct folder *folder, const char *name, char bytes[INVENTORY_MAX])
{
	struct source *source;
	const uint8_t *data;
	ssize_t length;

	if (folder_find(folder, name, &source, NULL) <= 0)
		return -1;
	length = source_peek(source, INVENTORY_MAX, &data, NULL);
	if (length >= INVENTORY_MAX)
		length = -1;
	if (length > 0)
		memcpy(bytes, data, (size_t)length);
	source_close(source);
	return length;
}

static enum kept_state check_counts(struct kept *kept, const char *head)
{
	if (sscanf(head, "pipes %zu fifos %zu", &kept->counts[PIMG_PIPE],
		   &kept->counts[PIMG_FIFO]) != 2)
		return KEPT_DAMAGED;
	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++) {
		if (kept->counts[type] && !kept->has[type])
			return KEPT_INCOMPLETE;
	}
	return KEPT_WHOLE;
}

static enum kept_state check_inventory(struct kept *kept, struct folder *folder)
{
	char stock[INVENTORY_MAX], ours[INVENTORY_MAX];
	ssize_t length = read_small(folder, "inventory.img", stock);

	if (length < 0 ||
	    read_small(folder, KEPT_INVENTORY, ours) != KEPT_INVENTORY_BYTES + length ||
	    memcmp(ours + KEPT_INVENTORY_BYTES, stock, (size_t)length) != 0)
		return KEPT_OF_OTHER;
	ours[KEPT_INVENTORY_BYTES - 1] = '\0';
	return check_counts(kept, ours);
}

struct kept kept_look(struct folder *folder)
{
	struct kept kept = {.state = KEPT_NOTHING};

	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++)
		kept.has[type] = folder_has(folder, kept_image((enum pimg_type)type));
	if (folder_has(folder, KEPT_FAILED))
		kept.state = KEPT_DUMP_FAILED;
	else if (folder_has(folder, KEPT_INVENTORY))
		kept.state = check_inventory(&kept, folder);
	else if (kept.has[PIMG_PIPE] || kept.has[PIMG_FIFO])
		kept.state = KEPT_NO_INVENTORY;
	return kept;
}
