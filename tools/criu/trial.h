/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real dump and restore of a small process with a packet pipe. */
#ifndef TOOLS_CRIU_TRIAL_H
#define TOOLS_CRIU_TRIAL_H

#include <stdbool.h>

#define TRIAL_PROBLEM_SIZE 512

struct trial {
	bool plugin_loaded;
	bool plugin_ready; /* it knows this version of CRIU */
	bool dumped;
	/* What went wrong, or "". What the plugin says, if it is not ready; that of the restore is set only if the dump succeeded. */
	char plugin_problem[TRIAL_PROBLEM_SIZE];
	char dump_problem[TRIAL_PROBLEM_SIZE];
	char restore_problem[TRIAL_PROBLEM_SIZE];
};

/*
 * Starts a process with two unread packets, dumps it with criu, restores it, and lets it read them. Nothing remains of
 * it.
 * @criu: the program
 * Returns 0, or an exit status after printing an error if the trial could not be made.
 */
int trial_run(const char *criu, struct trial *trial);

#endif
