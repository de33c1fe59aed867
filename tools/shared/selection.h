/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which live pipes a command is to work on. */
#ifndef TOOLS_SHARED_SELECTION_H
#define TOOLS_SHARED_SELECTION_H

#include "pipeimg.h"

/* What was asked for, in the order of the options. */
struct selector {
	enum {
		SELECT_PID,
		SELECT_PIPE,
		SELECT_FD,
		SELECT_FIFO,
		SELECT_ALL,
	} by;
	uint64_t number;  /* pid, pipe id or descriptor */
	bool only_pipes;  /* the number was given as pipe:[4711], which no FIFO is */
	uint64_t pid;	  /* whose descriptor; 0 is this process's own */
	const char *path; /* of a FIFO */
};

/* One pipe to work on: found in /proc, or open in this process. */
struct selected {
	size_t pipe; /* index in pimg_live, or NOT_LISTED */
	int own_fd;  /* else: a descriptor of this process, or -1 */
	bool opened; /* own_fd was opened for this, and is closed again */
	enum {
		WANTED_BY_ALL, /* as far as it can be captured */
		WANTED_BY_PID, /* unless it may not be read, or is gone */
		WANTED_UNLESS_GONE,
		WANTED, /* named by itself */
	} wanted;
};

#define NOT_LISTED SIZE_MAX

struct selection {
	struct selected *entries;
	size_t count, room;
	bool tree;	  /* --pid includes the descendants */
	size_t *entry_of; /* of each pipe of pimg_live: its entry + 1, or 0 */
	size_t hidden; /* processes that were meant, but whose descriptors may not be looked at */
};

/*
 * Finds the pipes that the selectors name, each once.
 * Returns 0, or the exit status after complaining: each selector must lead to something.
 */
int selection_find(struct selection *selection, struct pimg_live *live,
		   const struct selector *selectors, size_t count);
void selection_release(struct selection *selection);

/* True if one of the pipe's ends belongs to that process, or with tree to a descendant. */
bool pipe_belongs(const struct pimg_live *live, size_t pipe, pid_t pid, bool tree);

/* Complains where that process is not there, or hides its descriptors. Returns 0 or the status. */
int check_process(const struct pimg_live *live, uint64_t pid);

#endif
