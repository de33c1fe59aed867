/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views: lists of lines with one that is selected. What differs between them is in their operations;
 * moving, drawing and sorting are done for all, in the files view-*.
 *
 * To add one: embed struct view as the first member of a struct, fill a struct view_ops, write a
 * function that allocates it and calls view_init(), and give it to browser_open().
 */
#ifndef TUI_FRAME_VIEW_H
#define TUI_FRAME_VIEW_H

#include "data/model.h"
#include "paint/paint.h"
#include "terminal/keys.h"

struct browser;
struct view;

/* A column of a list. A table of them ends with a title that is null. */
struct column {
	const char *title;
	int width;  /* or 0, the rest of the row; that one scrolls sideways */
	bool right; /* the title is above the right end, where numbers end */
	void (*draw)(struct view *view, size_t item, struct pen *field);
	order_key_fn key; /* to sort items by, or null; no two columns have the same */
	bool descends;	  /* the greatest first is what is asked for first */
};

/* What the search steps over: see search.h. */
enum search_unit {
	SEARCH_LINES, /* of the view, by line_text() */
	SEARCH_QUEUES,
	SEARCH_CHUNKS,
	SEARCH_BYTES,
};

/* Operations. Those that may be null say so. */
struct view_ops {
	const char *name;
	const struct column *columns; /* or null, and draw_line() */
	const enum request *hints;    /* for the last row of the screen; ends with REQUEST_NONE */
	bool fills_screen;	      /* never shares it with another view */
	enum search_unit search_unit;
	const char *empty; /* what is shown where there are no lines */
	/* The same, of a view in which that depends on what it does. May be null. */
	const char *(*why_empty)(struct view *view);

	/* How many lines there are, of a view without a list. */
	size_t (*count)(struct view *view);
	/* Draws a line of a view without columns. */
	void (*draw_line)(struct view *view, size_t line, struct pen *pen);
	/* Text of a line, for SEARCH_LINES. */
	void (*line_text)(struct view *view, size_t line, char *text, size_t size);

	/* Rows above the columns' titles, if the view has so many rows in all. Both may be null. */
	int (*head_rows)(struct view *view, int rows);
	void (*draw_head)(struct view *view, const struct area *area);

	/* What the view is about, for its title: "pipe 4711"; and a remark: "sorting 12%". Null: nothing. */
	void (*describe)(struct view *view, char *text, size_t size);
	void (*remark)(struct view *view, char *text, size_t size);
	/* Of a line: whether it is marked. May be null. */
	bool (*is_marked)(struct view *view, size_t line);

	/* Before each drawing: lines can have become more or others. May be null. */
	void (*update)(struct view *view);
	/* The selected line was changed by a key. May be null. */
	void (*moved)(struct view *view);
	/*
	 * Selects the queue of an id, of a view without an image. Returns false if there is none. Null:
	 * what is typed is a line.
	 */
	bool (*go_to_id)(struct view *view, uint64_t id);
	/*
	 * Background work, some milliseconds at most. Returns whether there is more, or something to
	 * draw. May be null.
	 */
	bool (*step)(struct view *view);
	/* Milliseconds until step() wants to be called again though it had no more, or null: never. */
	int (*wait)(struct view *view);
	/*
	 * Does what is asked for, if it is one of the view's own requests, and returns true.
	 * @argument: what was typed behind the request's name, or null. May be null.
	 */
	bool (*request)(struct view *view, enum request request, const char *argument);
	/* Sorts by a column, or as it was with null. May be null. */
	void (*sort)(struct view *view, const struct column *column, bool descending);
	/* By which lines are sorted, or null, where the view does not keep that itself. May be null. */
	order_key_fn (*sorted_by)(const struct view *view, bool *descending);
	/* Shows only lines with a text, all with "". Returns -1 if it makes no sense. May be null. */
	int (*filter)(struct view *view, const char *text, struct pimg_error *error);
	/* Frees the view. */
	void (*close)(struct view *view);
};

struct view {
	const struct view_ops *ops;
	struct browser *browser;
	struct model *model;	     /* or null */
	bool owns_model;	     /* it is freed with the view */
	const struct order *list;    /* the items on its lines; or null: then an item is a line */
	const struct filter *filter; /* that the list has; or null */
	size_t line, top;	     /* selected, and first shown */
	int left;		     /* columns that the last one is scrolled by */
	const struct column *sort;   /* unless ops->sorted_by() says it */
	bool descending;
	struct area body; /* where lines were drawn last */
};

void view_init(struct view *view, const struct view_ops *ops, struct browser *browser,
	       struct model *model);
/* Frees what view_init() and drawing made, but not the view: for close(). */
void view_release(struct view *view);

/* How many lines there are, and the item on one of them. */
size_t view_count(struct view *view);
size_t view_item(struct view *view, size_t line);
/* The item on the selected line, or ORDER_NOWHERE if there are no lines. */
size_t view_selected(struct view *view);
/* Selects a line, as near as there is one, and scrolls it into sight. Does not call moved(). */
void view_select(struct view *view, size_t line);
/*
 * Selects the line of an item of the list that another view has gone to. Where a filter leaves that out for
 * good, goes on from the line that is selected instead, by moved().
 */
void view_follow(struct view *view, size_t item);
/* The column that lines are sorted by, or null. */
const struct column *view_sorted_by(const struct view *view, bool *descending);
/* The filter that is set, or "". */
const char *view_filter_text(const struct view *view);

#endif
