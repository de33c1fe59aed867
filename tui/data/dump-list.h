/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dumps of an input, and what is known of each. They are counted in steps, one after the other; only the
 * dump that is being counted is open.
 */
#ifndef TUI_DATA_DUMP_LIST_H
#define TUI_DATA_DUMP_LIST_H

#include <stdbool.h>

#include "pipeimg-private.h"

struct dump {
	bool is_known;	  /* it was counted, or cannot be opened */
	bool is_damaged;  /* the numbers are of what could be read */
	char *container;  /* its name, or its id; or null */
	char *engine;	  /* or null */
	char *why_closed; /* why it cannot be opened; or null */
	struct pimg_image_line line;
};

enum dump_text { DUMP_CONTAINER, DUMP_ENGINE, DUMP_PATH, DUMP_TEXTS };

struct dump_list {
	struct pimg_input *input;
	struct dump *dumps;
	size_t count, known;	    /* they become known in the order of the input */
	struct pimg_image *counted; /* the one after those that are known, or null */
	int waits_for;		    /* descriptor that counting waits for, or -1 */
	uint32_t *ranks[DUMP_TEXTS];
};

/* Returns -1 if memory is short. Takes ownership of the input in any case. */
int dump_list_init(struct dump_list *list, struct pimg_input *input);
void dump_list_free(struct dump_list *list);

const char *dump_list_path(const struct dump_list *list, size_t number);
/* One of the texts, or "". */
const char *dump_list_text(const struct dump_list *list, size_t number, enum dump_text which);
/* The position of a text among all of them, by which it is sorted. Only when all dumps are known. */
uint32_t dump_list_rank(struct dump_list *list, size_t number, enum dump_text which);

/* Whether the next dump must be opened to continue, which can take long. */
bool dump_list_wants_opening(const struct dump_list *list);
/*
 * Opens the next dump.
 * @was_stopped: set by the progress callback of the input, if it stopped this: the dump is opened later
 */
void dump_list_open_next(struct dump_list *list, const bool *was_stopped);
/* Reads a piece of the open dump. Returns whether there was anything to do. */
bool dump_list_count_on(struct dump_list *list);

#endif
