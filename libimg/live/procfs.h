/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes and pipes that were found, with their properties. */
#ifndef LIBIMG_LIVE_PROCFS_H
#define LIBIMG_LIVE_PROCFS_H

#include <dirent.h>

#include "live/live.h"
#include "live/wait-list.h"

struct process {
	pid_t pid, parent;
	pid_t inner_pid; /* set on first use */
	bool hidden;	 /* its descriptors may not be inspected */
	bool holds_pipe;
	bool halt_known;
	char state; /* of its first thread, from /proc/PID/stat */
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

/* The pipe that a descriptor is an end of. */
struct end_key {
	uint32_t pid, fd;
	size_t pipe;
};

struct freezer;

/* What is used to ask for one pipe after another. Separate, because asking does not change what was found. */
struct live_work {
	struct handle handle;
	struct snapshot *snapshot; /* made on first use */
};

struct pimg_live {
	unsigned flags;
	DIR *proc; /* until all processes have been read */
	bool pipe_device_known;
	uint64_t pipe_device;	   /* of all pipes that have no name */
	struct process *processes; /* by pid */
	size_t process_count, process_room;
	size_t hidden_count;
	struct found *found;
	size_t found_count, found_room;
	struct pimg_live_pipe *pipes;
	size_t pipe_count;
	struct pimg_end *ends;	   /* of all pipes, in their order */
	struct pimg_end asked_end; /* last result of pimg_live_end() */
	/* Built on first use: all ends by process and descriptor. */
	struct end_key *end_keys;
	size_t end_key_count;

	struct live_work *work;

	bool freezer_known;
	struct freezer *freezer;

	bool waits_known; /* complete and sorted */
	struct wait_list waits;
	struct pimg_wait *answer; /* last result of pimg_live_waits() */
	size_t answer_count, answer_room;
};

/* Adds a process and its descriptors, unless it has ended. Returns -1 if memory is short. */
int live_add_process(struct pimg_live *live, pid_t pid);
/* Groups the descriptors by pipe. Returns -1 if memory is short. */
int live_finish(struct pimg_live *live);
/* The process of that pid, or null. */
struct process *process_find(const struct pimg_live *live, pid_t pid);

#endif
