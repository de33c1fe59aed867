/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pipeimg list finds out about one pipe, and how it is shown. */
#ifndef TOOLS_COMMANDS_LIST_H
#define TOOLS_COMMANDS_LIST_H

#include "pipeimg.h"
#include "shared/json.h"

#define WAITS_SHOWN 64

struct row {
	struct pimg_live *live;
	const struct pimg_live_pipe *pipe;
	struct pimg_fill fill;
	bool fill_known;
	struct pimg_error fill_error; /* if it is not known */
	bool content_known;	      /* mode and packets */
	struct pimg_error content_error;
	enum pimg_mode mode;
	size_t packets;
	struct pimg_wait waits[WAITS_SHOWN];
	size_t wait_count; /* no more than WAITS_SHOWN */
};

/* list-look.c: finds out all of it. */
void row_look_at(struct row *row, struct pimg_live *live, size_t index);
/* A process wakes itself up by an empty pipe that nobody else holds: it is of no interest. */
bool row_is_private(const struct row *row);
/*
 * Why the process of an end does not run, for the first of its ends; else null.
 * @end: index into the ends of the pipe
 */
const struct pimg_halt *row_halt(const struct row *row, size_t end);

/* list-print.c: as lines of the table. */
void row_print_head(void);
void row_print(const struct row *row);
/* list-json.c */
void row_write_json(struct json *json, const struct row *row);

#endif
