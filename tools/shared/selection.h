/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selects the live pipes that a command works on. */
#ifndef TOOLS_SHARED_SELECTION_H
#define TOOLS_SHARED_SELECTION_H

#include "pipeimg.h"

/* A selecting option; in the order of the command line. */
struct selector {
	enum {
		SELECT_PID,
		SELECT_PIPE,
		SELECT_FD,
		SELECT_FIFO,
		SELECT_ALL,
	} by;
	uint64_t number;  /* pid, pipe id or descriptor */
	bool only_pipes;  /* the number was given as pipe:[4711], so no FIFO matches */
	uint64_t pid;	  /* of the descriptor; 0 for this process */
	const char *path; /* of a FIFO */
};

/* A selected pipe: found in /proc, or open in this process. */
struct selected {
	size_t pipe; /* index in pimg_live, or NOT_LISTED */
	int own_fd;  /* otherwise, a descriptor of this process, or -1 */
	bool opened; /* close own_fd when done */
	enum {
		WANTED_BY_ALL, /* skip if it cannot be captured */
		WANTED_BY_PID, /* skip if permission is denied or it is gone */
		WANTED_UNLESS_GONE,
		WANTED, /* selected individually: never skip */
	} wanted;
};

#define NOT_LISTED SIZE_MAX

struct selection {
	struct selected *entries;
	size_t count, room;
	bool tree;	  /* --pid includes the descendants */
	size_t *entry_of; /* of each pipe of pimg_live: its entry + 1, or 0 */
	size_t hidden;	  /* selected processes that cannot be inspected: permission denied */
};

/*
 * Finds the selected pipes, each once. Each selector must match a pipe.
 * Returns 0, or an exit status after printing an error.
 */
int selection_find(struct selection *selection, struct pimg_live *live,
		   const struct selector *selectors, size_t count);
void selection_release(struct selection *selection);

/* True if the process has an end of the pipe open, or (with tree) one of its descendants has. */
bool pipe_belongs(const struct pimg_live *live, size_t pipe, pid_t pid, bool tree);

/* Returns 0 if the process exists and can be inspected, otherwise an exit status after printing an error. */
int check_process(const struct pimg_live *live, uint64_t pid);

#endif
