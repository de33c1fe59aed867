/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running browser: a stack of views, of which one or two are on the screen; the last row, with
 * messages and questions; and background work between keys.
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
	struct search *search;	 /* in progress, or null */
	uint64_t searched_ns;	 /* when the search began, by screen_now_ns() */
	struct pattern *pattern; /* of the last search, or null */
	bool search_backward;
	/* The line being typed, or null. */
	struct edit *edit;
	const char *label;
	int edit_column;   /* of its cursor, on the screen */
	uint64_t drawn_ns; /* when the screen was last drawn, by screen_now_ns() */
	bool asks_key;	   /* a question is waiting for one of its keys */
	struct history searches, commands, files;
};

/*
 * Puts a view above the focused one, and closes those that were there. If view is null, reports that
 * memory is short.
 */
void browser_open(struct browser *browser, struct view *view);
/*
 * Closes the focused view, and first those above it, which belong to it. After the last one, the browser
 * quits.
 */
void browser_back(struct browser *browser);
/* Moves the focus to the other of the two views on the screen, if there are two. */
void browser_focus_other(struct browser *browser);
/* Closes all views, at the end. */
void browser_close_all(struct browser *browser);
/* The view below, or null for the first. */
struct view *browser_parent(const struct browser *browser, const struct view *view);
/* The focused view, which gets the keys. */
struct view *browser_focus(const struct browser *browser);
/* Returns false if there is no search in progress. */
bool browser_stop_search(struct browser *browser);

/* Shows a message in the last row until the next key. */
void browser_say(struct browser *browser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Reports that several queues have the id, of which one was selected. */
void browser_say_several(struct browser *browser, size_t count, uint64_t id);
void browser_complain(struct browser *browser, const struct pimg_error *error);
/* The same, after the consequence: "nothing was copied". */
void browser_complain_that(struct browser *browser, const char *what,
			   const struct pimg_error *error);

#endif
