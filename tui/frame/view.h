/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views: lists of lines, one of which is selected. Each view has its own operations; moving, drawing and
 * sorting are shared, in the files view-*.
 *
 * To add one: embed struct view as the first member of a struct, fill a struct view_ops, write a
 * function that allocates it and calls view_init(), and pass it to browser_open().
 */
#ifndef TUI_FRAME_VIEW_H
#define TUI_FRAME_VIEW_H

#include "data/model.h"
#include "paint/paint.h"
#include "terminal/keys.h"

struct browser;
struct view;

/* A column of a list. A table of columns ends with a null title. */
struct column {
	const char *title;
	int width;  /* or 0: the rest of the row, which scrolls sideways */
	bool right; /* the title is right-aligned, like numbers */
	void (*draw)(struct view *view, size_t item, struct pen *field);
	order_key_fn key; /* to sort items by, or null; must be unique */
	bool descends;	  /* the first sort is descending */
};

/* The unit of a search: see search.h. */
enum search_unit {
	SEARCH_LINES, /* of the view, by line_text() */
	SEARCH_QUEUES,
	SEARCH_CHUNKS,
	SEARCH_BYTES,
};

/* Operations. They may be null only if their comment says so. */
struct view_ops {
	const char *name;
	const struct column *columns; /* or null, and draw_line() */
	const enum request *hints;    /* for the last row of the screen; ends with REQUEST_NONE */
	bool fills_screen;	      /* never shares the screen with another view */
	enum search_unit search_unit;
	const char *empty; /* shown if there are no lines */
	/* The same, if it depends on the state of the view. May be null. */
	const char *(*why_empty)(struct view *view);

	/* The number of lines, for a view without a list. */
	size_t (*count)(struct view *view);
	/* Draws a line, for a view without columns. */
	void (*draw_line)(struct view *view, size_t line, struct pen *pen);
	/* Draws an item that has no fields, in a list with columns; returns false for others. May be null. */
	bool (*draw_without_fields)(struct view *view, size_t item, struct pen *pen);
	/* The text of a line, for SEARCH_LINES. */
	void (*line_text)(struct view *view, size_t line, char *text, size_t size);

	/* Rows above the column headings, if the view has that many rows in total. Both may be null. */
	int (*head_rows)(struct view *view, int rows);
	void (*draw_head)(struct view *view, const struct area *area);

	/* The subject of the view for its title, "pipe 4711", and a remark, "sorting 12%". May be null. */
	void (*describe)(struct view *view, char *text, size_t size);
	void (*remark)(struct view *view, char *text, size_t size);
	/* Whether a line is marked. May be null. */
	bool (*is_marked)(struct view *view, size_t line);

	/* Called before each drawing, to update the lines. May be null. */
	void (*update)(struct view *view);
	/* Called after a key changed the selected line. May be null. */
	void (*moved)(struct view *view);
	/*
	 * Selects the queue with an id, for a view without an image. Returns false if there is none. If
	 * null, a typed number is a line.
	 */
	bool (*go_to_id)(struct view *view, uint64_t id);
	/*
	 * Does at most some milliseconds of background work. Returns whether there is more, or something
	 * to draw. May be null.
	 */
	bool (*step)(struct view *view);
	/* Milliseconds until step() must be called again even if it had no more work; null: never. */
	int (*wait)(struct view *view);
	/*
	 * Handles a request if it is specific to the view, and returns true. May be null.
	 * @argument: what was typed after the request's name, or null
	 */
	bool (*request)(struct view *view, enum request request, const char *argument);
	/* Sorts by a column; restores the original order if column is null. May be null. */
	void (*sort)(struct view *view, const struct column *column, bool descending);
	/* The key that lines are sorted by, or null, if it is kept outside the view. May be null. */
	order_key_fn (*sorted_by)(const struct view *view, bool *descending);
	/* Filters lines by a text; "" shows all. Returns -1 if the text is invalid. May be null. */
	int (*filter)(struct view *view, const char *text, struct pimg_error *error);
	/* Frees the view. */
	void (*close)(struct view *view);
};

struct view {
	const struct view_ops *ops;
	struct browser *browser;
	struct model *model;	     /* or null */
	bool owns_model;	     /* the model is freed with the view */
	const struct order *list;    /* maps lines to items; null: an item is a line */
	const struct filter *filter; /* of the list, or null */
	size_t line, top;	     /* selected, and first shown */
	int left;		     /* columns that the last one is scrolled by */
	const struct column *sort;   /* unless there is ops->sorted_by() */
	bool descending;
	struct area body; /* where lines were last drawn */
};

void view_init(struct view *view, const struct view_ops *ops, struct browser *browser,
	       struct model *model);
/* Frees what view_init() and drawing allocated, but not the view: for close(). */
void view_release(struct view *view);

/* The number of lines, and the item on one of them. */
size_t view_count(struct view *view);
size_t view_item(struct view *view, size_t line);
/* The item on the selected line, or ORDER_NOWHERE if there are no lines. */
size_t view_selected(struct view *view);
/* Selects the line, or the last one, and scrolls to it. Does not call moved(). */
void view_select(struct view *view, size_t line);
/*
 * Selects the line of an item that another view has moved to. If a completed filter hides it, keeps the
 * selected line instead, and calls moved().
 */
void view_follow(struct view *view, size_t item);
/* The column that lines are sorted by, or null. */
const struct column *view_sorted_by(const struct view *view, bool *descending);
/* The text of the current filter, or "". */
const char *view_filter_text(const struct view *view);

#endif
