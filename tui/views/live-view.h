/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The view of live pipes, private to its files. */
#ifndef TUI_VIEWS_LIVE_VIEW_H
#define TUI_VIEWS_LIVE_VIEW_H

#include "data/live-pipes.h"
#include "data/order.h"
#include "frame/browser.h"

#define LIVE_TEXT_SIZE 2048

struct live_view {
	struct view view;
	struct live *live;
	struct order order; /* of the pipes of live->shown */
	struct filter filter;
	const struct column *sort;
	bool has_wanted;
	struct live_identity wanted; /* the selected pipe, whatever its line */
	/* A pipe that was requested by id, but is not in a look yet: */
	uint64_t sought_id;
	unsigned sought_looks; /* how many more looks to search */
	bool opens;	       /* open its snapshot when it is found */
	bool has_failed;       /* the failure was reported */
};

static inline struct live_view *live_view_of(struct view *view)
{
	return (struct live_view *)view;
}

static inline const struct live_look *live_look_of(struct view *view)
{
	return live_view_of(view)->live->shown;
}

static inline const struct live_pipe *live_pipe_of(struct view *view, size_t item)
{
	return &live_look_of(view)->pipes[item];
}

/* Bits for ordinary writes, and for writes in packet mode. */
#define LIVE_WRITES_STREAM  1U
#define LIVE_WRITES_PACKETS 2U
unsigned live_modes_of(const struct pimg_live_pipe *pipe);
enum role live_role_of(enum live_state state);

extern const struct column live_columns[];
/* The column that lines are sorted by initially. */
#define LIVE_COLUMN_STATE (&live_columns[1])

/* The holders of the ends, and the path of a FIFO. */
void live_put_ends(struct pen *field, const struct pimg_live_pipe *pipe);
/* Why a fill level is unknown, or who waits for whom. */
void live_put_waits(struct view *view, size_t item, struct pen *field);

int live_head_rows(struct view *view, int rows);
void live_draw_head(struct view *view, const struct area *area);

#endif
