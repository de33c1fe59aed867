// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/list-look.h"

/* Listing must change nothing, so a pipe without a reader is not opened for reading. */
static void look_at_content(struct row *row, size_t index)
{
	struct pimg_queue *queue;

	if (row->fill_known && !row->fill.bytes) {
		row->content_known = true;
		row->mode = PIMG_MODE_EMPTY;
		return;
	}
	queue = pimg_live_capture(row->live, index, PIMG_CAPTURE_NO_READER, &row->content_error);
	if (!queue)
		return;
	row->content_known = true;
	row->mode = pimg_queue_mode(queue);
	row->packets = pimg_queue_packet_count(queue);
	/* All values of a row are from the same moment. */
	row->fill.bytes = (uint32_t)pimg_queue_bytes(queue);
	row->fill.capacity = pimg_queue_capacity(queue);
	pimg_queue_free(queue);
}

void row_look_at(struct row *row, struct pimg_live *live, size_t index)
{
	*row = (struct row){.live = live, .pipe = pimg_live_pipe(live, index)};
	row->fill_known = pimg_live_fill(live, index, &row->fill, &row->fill_error) == 0;
	look_at_content(row, index);
	row->wait_count = pimg_live_waits(live, index, row->fill_known ? &row->fill : NULL);
	if (row->wait_count > WAITS_SHOWN)
		row->wait_count = WAITS_SHOWN;
	for (size_t i = 0; i < row->wait_count; i++)
		row->waits[i] = *pimg_live_wait(live, i);
}

static bool has_end(const struct pimg_live_pipe *pipe, bool (*does)(const struct pimg_end *))
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (does(pimg_end_at(pipe->ends, i)))
			return true;
	}
	return false;
}

static bool is_only_polled(const struct row *row)
{
	for (size_t i = 0; i < row->wait_count; i++) {
		if (!row->waits[i].polls)
			return false;
	}
	return true;
}

bool row_is_private(const struct row *row)
{
	for (size_t i = 1; i < row->pipe->end_count; i++) {
		if (pimg_end_at(row->pipe->ends, i)->pid != pimg_end_at(row->pipe->ends, 0)->pid)
			return false;
	}
	return row->fill_known && !row->fill.bytes && is_only_polled(row) &&
	       has_end(row->pipe, pimg_end_reads) && has_end(row->pipe, pimg_end_writes);
}

/* The ends of one process are adjacent. */
const struct pimg_halt *row_halt(const struct row *row, size_t end)
{
	uint32_t pid = pimg_end_at(row->pipe->ends, end)->pid;

	if (end && pimg_end_at(row->pipe->ends, end - 1)->pid == pid)
		return NULL;
	return pimg_live_halt(row->live, (pid_t)pid);
}
