/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running browser: views on a stack, of which one or two are on the screen, the last row with
 * messages and questions, and background work while no key comes.
 */
#ifndef TUI_FRAME_BROWSER_H
#define TUI_FRAME_BROWSER_H

#include "frame/view.h"
#include "terminal/edit.h"

#define BROWSER_DEPTH 12

struct search;

struct browser {
	struct view *views[BROWSER_DEPTH];
	size_t count, focus;
	bool full; /* one view at a time */
	bool leaving;
	char message[1024];
	enum role message_role;
	struct search *search;	 /* that goes on, or null */
	uint64_t searched_ns;	 /* when it began, by screen_now_ns() */
	struct pattern *pattern; /* that was searched for last, or null */
	bool search_backward;
	/* What is being typed, or null. */
	struct edit *edit;
	const char *label;
	int edit_column;   /* of its cursor, on the screen */
	uint64_t drawn_ns; /* the screen, by screen_now_ns() */
	bool asks_key;	   /* a question waits for one of its keys */
	struct history searches, commands, files;
};

/*
 * Puts a view above the one that has the keys, closing what was there; null is fine: then memory was
 * short, which is told.
 */
void browser_open(struct browser *browser, struct view *view);
/*
 * Closes the view that has the keys, and first those above, which belong to it. Behind the first one the
 * browser is left.
 */
void browser_back(struct browser *browser);
/* The keys go to the other of the two views that may be on the screen. */
void browser_focus_other(struct browser *browser);
/* Closes all of them, at the end. */
void browser_close_all(struct browser *browser);
/* The view below, or null for the first. */
struct view *browser_parent(const struct browser *browser, const struct view *view);
/* The view that has the keys. */
struct view *browser_focus(const struct browser *browser);
/* Returns false if none goes on. */
bool browser_stop_search(struct browser *browser);

/* In the last row, until the next key. */
void browser_say(struct browser *browser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* That an id is that of several queues, of which one was gone to. */
void browser_say_several(struct browser *browser, size_t count, uint64_t id);
void browser_complain(struct browser *browser, const struct pimg_error *error);
/* The same with what came of it in front: "nothing was copied". */
void browser_complain_that(struct browser *browser, const char *what,
			   const struct pimg_error *error);

#endif
