// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/holders-head.h"

#include <inttypes.h>
#include <string.h>

static void put_halt(struct pen *pen, const struct pimg_end *end, const struct pimg_halt *halt)
{
	char text[256];

	pimg_halt_describe(halt, text, sizeof(text));
	pen_print(pen, ROLE_PLAIN, "  ");
	pen_bytes(pen, ROLE_NAME, end->comm, strnlen(end->comm, sizeof(end->comm)), NULL);
	pen_print(pen, ROLE_PLAIN, "[%" PRIu32 "] is ", end->pid);
	pen_bytes(pen, ROLE_WARNING, text, strlen(text), NULL);
}

void holders_put_head(const struct holders *holders, size_t item, struct pen *pen)
{
	const struct pimg_halt *halt;
	struct held_queue queue;

	if (item == ORDER_NOWHERE)
		return;
	queue = holders_queue_of(holders, item);
	halt = holders_halt(holders, item);
	pen_print(pen, ROLE_DIM, " %s %" PRIu32, pimg_type_name(queue.type), queue.id);
	if (halt)
		put_halt(pen, holders_end(holders, item), halt);
	if (queue.unknown)
		pen_print(pen, ROLE_WARNING, "  fill level unknown: %s", queue.unknown);
	if (queue.path)
		pen_print(pen, ROLE_DIM, "  %s", queue.path);
}
