/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What procfs.c found, and waits.c adds to. */
#ifndef LIBIMG_LIVE_PROCFS_H
#define LIBIMG_LIVE_PROCFS_H

#include <dirent.h>

#include "live/calls.h"
#include "live/live.h"

struct process {
	pid_t pid, parent;
	bool hidden; /* its descriptors may not be looked at */
	bool holds_pipe;
	bool halt_known;
	char state; /* of its first thread, as /proc/PID/stat has it */
	struct pimg_halt halt;
	char comm[sizeof(((struct pimg_end *)0)->comm)];
};

/* One descriptor on one pipe, as it is found. */
struct found {
	uint64_t device, inode;
	enum pimg_type type;
	struct pimg_end end;
	char *path;
};

/* A thread that waits on one of its descriptors, of whatever kind. */
struct found_wait {
	struct pimg_wait wait;
	uint64_t inode; /* of what was polled, whatever the descriptor is now; or 0 */
};

/* Which pipe a descriptor is an end of. */
struct end_place {
	uint32_t pid, fd;
	size_t pipe;
};

struct freezer;

struct pimg_live {
	unsigned flags;
	DIR *proc; /* until all processes were looked at */
	bool pipe_device_known;
	uint64_t pipe_device;	   /* of all pipes that have no name */
	struct process *processes; /* by pid */
	size_t process_count, process_room;
	size_t hidden_count;
	struct found *found;
	size_t found_count, found_room;
	struct pimg_live_pipe *pipes;
	size_t pipe_count;
	struct pimg_end *ends; /* of all pipes, in their order */
	struct end_place
		*places; /* made by the first who asks: all ends by process and descriptor */
	size_t place_count;

	bool freezer_known;
	struct freezer *freezer;

	bool waits_known; /* all of them, and in their order: by process and descriptor */
	struct found_wait *waits;
	size_t wait_count, wait_room;
};

/* Makes room for one more in an array of that size. Returns -1 when memory is short. */
int procfs_make_room(void *array_pointer, size_t count, size_t *room, size_t size);
/* Parses a name that is all digits. */
bool procfs_number(const char *text, uint64_t *value);
/* Reads a small file below dirfd into text, terminated. Returns its length, or -1. */
ssize_t procfs_read(int dirfd, const char *name, char *text, size_t size);

/* The process of that pid, or null. */
struct process *process_find(const struct pimg_live *live, pid_t pid);

/* Whether a thread that is in a call does not run, and so does not wait. @state: of the thread */
bool halts_thread(struct pimg_live *live, const struct pimg_wait *wait, char state);

/* A thread in a system call. */
struct waiter {
	pid_t pid;
	uint32_t tid;
	enum call_kind kind;
	bool compat; /* a 32-bit process on a 64-bit kernel */
	uint64_t arguments[3];
};

/* Looks at what a process's threads wait for. Returns -1 only when memory is short, as these do. */
int waits_find(struct pimg_live *live, const struct process *process);
/* Adds a wait on a descriptor. @inode: or 0 */
int waits_add(struct pimg_live *live, const struct waiter *waiter, uint64_t fd, uint64_t inode,
	      bool writes);
/* Adds what a thread polls. @waiter: in one of the calls from CALL_POLL on */
int polls_find(struct pimg_live *live, const struct waiter *waiter);

#endif
