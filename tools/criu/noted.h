/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet pipes that the plugin has seen during a dump, and noted in the mark of a failed dump. */
#ifndef TOOLS_CRIU_NOTED_H
#define TOOLS_CRIU_NOTED_H

#include "criu/files.h"

struct noted_pipe {
	enum pimg_type type;
	uint32_t id;
	bool packet_mode; /* one of its ends was in packet mode */
	bool found,
		mode_found; /* set by the caller: a task has it open, and has an end in packet mode */
};

struct noted {
	struct noted_pipe *pipes; /* sorted by type and id */
	size_t count, room;
};

/* Reads the mark. Returns 0, or an exit status after printing an error. */
int noted_read(const struct hook *hook, struct noted *noted);
void noted_release(struct noted *noted);
/* Returns null if the plugin has not noted the pipe. */
struct noted_pipe *noted_find(const struct noted *noted, enum pimg_type type, uint32_t id);
/*
 * CRIU also dumps descriptors that are in flight in a socket. If no task has such a pipe open, it cannot be captured.
 * Returns 0 if each pipe and packet mode was found, or an exit status after printing an error.
 */
int noted_check(const struct hook *hook, const struct noted *noted);

#endif
