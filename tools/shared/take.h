/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures the selected pipes, and reports skipped ones. */
#ifndef TOOLS_SHARED_TAKE_H
#define TOOLS_SHARED_TAKE_H

#include "shared/json.h"
#include "shared/message.h"
#include "shared/selection.h"

struct taken {
	struct pimg_queue **queues;
	size_t count;
	struct skipped {
		const struct pimg_live_pipe *pipe; /* valid until pimg_live_free() */
		char reason[sizeof(((struct pimg_error *)0)->sentence)];
	} * skipped;
	size_t skipped_count, skipped_room;
	size_t gone; /* skipped because they were closed after the scan of /proc */
};

/*
 * Captures each selected pipe. A pipe selected by --all is skipped if it cannot be captured, one selected by
 * --pid if permission is denied or it is gone. A notice reports each skipped pipe.
 * @progress: may be null
 * Returns 0, or an exit status after printing an error. Release taken in both cases.
 */
int take_selection(struct taken *taken, struct pimg_live *live, const struct selection *selection,
		   struct progress *progress);
void taken_release(struct taken *taken);

/* Writes the array "skipped" and the number "hidden_processes". */
void json_skipped(struct json *json, const struct taken *taken, const struct selection *selection);

#endif
