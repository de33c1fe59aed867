/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures what was selected, and says what had to be skipped. */
#ifndef TOOLS_SHARED_TAKE_H
#define TOOLS_SHARED_TAKE_H

#include "shared/json.h"
#include "shared/message.h"
#include "shared/selection.h"

struct taken {
	struct pimg_queue **queues;
	size_t count;
	struct skipped {
		const struct pimg_live_pipe *pipe; /* as long as pimg_live lives */
		char reason[sizeof(((struct pimg_error *)0)->sentence)];
	} * skipped;
	size_t skipped_count, skipped_room;
	size_t gone; /* of these: closed between the look through /proc and their turn */
};

/*
 * Captures each selected pipe, or skips it: what is selected by --all where it cannot be captured, and by
 * --pid where it may not be read or is gone. What is skipped is named in a notice.
 * @progress: may be null
 * Returns 0, or the exit status after complaining; taken is to be released in either case.
 */
int take_selection(struct taken *taken, struct pimg_live *live, const struct selection *selection,
		   struct progress *progress);
void taken_release(struct taken *taken);

/* The array "skipped", of objects with type, id, path of a FIFO, and reason; and "hidden_processes". */
void json_skipped(struct json *json, const struct taken *taken, const struct selection *selection);

#endif
