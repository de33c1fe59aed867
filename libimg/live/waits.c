// SPDX-License-Identifier: LGPL-2.1-or-later
/* The threads that wait on a pipe. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "live/halts.h"
#include "live/proc-file.h"
#include "live/procfs.h"
#include "live/waiters.h"

/* Completes the list on first use. If memory is short, it stays incomplete. */
static void complete(struct pimg_live *live)
{
	bool find = !(live->flags & PIMG_LIVE_WAITS);

	for (size_t i = 0; find && i < live->process_count; i++) {
		if (live->processes[i].holds_pipe &&
		    waiters_find(&live->waits, live->processes[i].pid) < 0)
			break;
	}
	wait_list_sort(&live->waits);
	live->waits_known = true;
}

/*
 * Counts how often the thread has gone to sleep: if the count is unchanged, it has not run.
 * Returns the state of the thread, or 0 if it has ended.
 */
static char look_at_status(struct pimg_wait *wait)
{
	static const char state_label[] = "\nState:\t", label[] = "\nvoluntary_ctxt_switches:";
	char path[64], text[4096], *state, *switches;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/status", wait->pid,
		 wait->tid);
	if (procfs_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	state = strstr(text, state_label);
	switches = strstr(text, label);
	wait->switches = switches ? strtoull(switches + strlen(label), NULL, 10) : 0;
	return state ? state[strlen(state_label)] : 0;
}

static bool is_of_pipe(const struct found_wait *found, const struct pimg_end *end,
		       const struct pimg_live_pipe *pipe)
{
	if (found->inode && found->inode != pipe->inode)
		return false;
	return found->wait.writes ? pimg_end_writes(end) : pimg_end_reads(end);
}

/* The call and the pipe are read at different moments: a wait that disagrees is over, or has not begun. */
static bool agrees(const struct pimg_wait *wait, const struct pimg_fill *fill)
{
	if (!fill)
		return true;
	return wait->writes ? fill->full : !fill->bytes;
}

/* If memory is short, the list stays incomplete. */
static void add_to_answer(struct pimg_live *live, const struct pimg_wait *wait)
{
	if (array_make_room(&live->answer, &live->answer_room, live->answer_count + 1,
			    sizeof(*live->answer), NULL) == 0)
		live->answer[live->answer_count++] = *wait;
}

size_t pimg_live_waits(struct pimg_live *live, size_t index, const struct pimg_fill *fill)
{
	const struct pimg_live_pipe *pipe = &live->pipes[index];
	const struct wait_list *list = &live->waits;

	if (!live->waits_known)
		complete(live);
	live->answer_count = 0;
	for (size_t i = 0; i < pipe->end_count; i++) {
		const struct pimg_end *end = pimg_end_at(pipe->ends, i);

		for (size_t j = wait_list_first(list, end->pid, end->fd);
		     j < list->count && list->waits[j].wait.pid == end->pid &&
		     list->waits[j].wait.fd == end->fd;
		     j++) {
			struct pimg_wait wait = list->waits[j].wait;

			if (!is_of_pipe(&list->waits[j], end, pipe) || !agrees(&wait, fill) ||
			    halts_thread(live, &wait, look_at_status(&wait)))
				continue;
			add_to_answer(live, &wait);
		}
	}
	return live->answer_count;
}

const struct pimg_wait *pimg_live_wait(const struct pimg_live *live, size_t number)
{
	return &live->answer[number];
}
