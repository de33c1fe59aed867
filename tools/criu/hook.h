/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of pipeimg criu-hook: what CRIU's actions do, and what they share. */
#ifndef TOOLS_CRIU_HOOK_H
#define TOOLS_CRIU_HOOK_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "pipeimg.h"

/* What CRIU says of itself when it runs its action script. */
struct hook {
	const char *action;
	int directory_fd;	  /* of the images, or -1 */
	char directory[PATH_MAX]; /* its name */
	bool says_nothing;	  /* to the log, which is only read */
	pid_t criu;
	pid_t init; /* first process of the tree, or 0 where there is none yet */
};

/* The names of our files in the directory of the images. */
#define HOOK_LOG	"pipeimg-hook.log"
#define HOOK_PAUSED	"pipeimg-hook.paused"
#define HOOK_STATE_PIPE "pipeimg-pipes.img"
#define HOOK_STATE_FIFO "pipeimg-fifos.img"
/* A copy of CRIU's inventory.img, which no two dumps have the same: whose queues ours are. */
#define HOOK_INVENTORY "pipeimg-hook.inventory"
/* The dump failed, though CRIU's images are complete. */
#define HOOK_FAILED "pipeimg-hook.failed"

/* ---- criu-files.c: our files, and CRIU's beside them ---- */

/* Sets the directory, by a name that leads there now. Returns -1 with errno set. */
int hook_open_directory(struct hook *hook, const char *directory);
/* The path of a file in it; text has room for PATH_MAX bytes. */
const char *hook_path(const struct hook *hook, const char *name, char *text);
/* Whether there is something of that name, or that cannot be told. */
bool hook_has(const struct hook *hook, const char *name);
/* Returns 0, also if it was not there; or an exit status after complaining. */
int hook_remove(const struct hook *hook, const char *name);
/* Opens a regular file, and no link to one. Returns a descriptor, or -1 with errno set. */
int hook_open(const struct hook *hook, const char *name, int flags);
/*
 * Opens an image, as that. Null after complaining; where it is damaged, that is complained of too, and it
 * is returned. Both set *status.
 */
struct pimg_image *hook_open_image(const struct hook *hook, const char *name, int *status);
/* Our image of the pipes or FIFOs of the tree, and CRIU's image of what is unread in them. */
const char *hook_state_name(enum pimg_type type);
const char *hook_stock_name(enum pimg_type type);

/* Says something, on standard error and in our log beside the images. */
void hook_say(const struct hook *hook, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for what went wrong. Returns the exit status that belongs to it. */
int hook_complain(const struct hook *hook, const struct pimg_error *error);
int hook_refuse(const struct hook *hook, enum pimg_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says it, and that the dump has failed, to the actions that come. */
void hook_fail_dump(const struct hook *hook, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- criu-inventory.c: which dump our files belong to ---- */

/* Return 0, or an exit status after complaining. */
/* @counts: how many queues were kept, by type */
int hook_keep_inventory(const struct hook *hook, const size_t counts[2]);
int hook_check_inventory(const struct hook *hook);

/* ---- criu-tree.c: the tasks that CRIU dumps or has restored, and their pipes ---- */

struct task {
	pid_t pid;
	pid_t inner_pid; /* as the images have it */
	char state;
};

struct tree {
	bool is_restored;
	struct pimg_live *live;
	struct task *tasks; /* by pid */
	size_t count;
	struct task *inner; /* by inner_pid, each once */
	size_t inner_count;
};

/* The tasks that CRIU has frozen. Return 0, or an exit status after complaining. */
int tree_of_dump(const struct hook *hook, struct tree *tree);
/* The tasks that CRIU has restored. */
int tree_of_restore(const struct hook *hook, struct tree *tree);
void tree_release(struct tree *tree);
#define _cleanup_tree_ __attribute__((cleanup(tree_release)))

const struct task *tree_find(const struct tree *tree, pid_t pid);
const struct task *tree_find_inner(const struct tree *tree, pid_t inner_pid);
/* Whether a task of the tree has a pipe open, and whether a process outside of it has. */
bool tree_has_pipe(const struct tree *tree, const struct pimg_live_pipe *pipe);
const struct pimg_end *tree_end_outside(const struct tree *tree, const struct pimg_live_pipe *pipe);

/* Whether one of the ends is in packet mode: a read end counts too. */
bool any_in_packet_mode(const struct pimg_end *ends, size_t count);

/* ---- criu-others.c: processes outside of the tree that have its packet pipes open too ---- */

/* Those that were stopped, or null. */
struct others;
/*
 * Stops them. One that was seen may have started others before it stopped, which have its ends: only a look
 * that finds nobody else ends it, and the tree is then as that look saw it.
 * Returns 0, or another number after saying why that cannot be.
 */
int others_stop(const struct hook *hook, struct tree *tree, struct others **others);
/* Makes the dump fail if there are more by now. @ours: a process that is to be among them */
void others_look_again(const struct hook *hook, struct tree *tree, struct others *others,
		       pid_t ours);
/* Lets them go on. */
void others_release(struct others *others);
/* Whether an end of a pipe is in packet mode, or any packet is in it. */
bool pipe_has_packets(const struct tree *tree, size_t index);

/* ---- the actions: each returns an exit status; any but 0 makes CRIU fail ---- */

int hook_pre_dump(const struct hook *hook);	/* criu-keeper.c */
int hook_post_dump(const struct hook *hook);	/* criu-dump.c */
int hook_post_restore(const struct hook *hook); /* criu-restore.c */

/* ---- criu-window.c: while CRIU looks at the descriptors of frozen tasks ---- */

struct window;
/*
 * To be called with all tasks frozen: takes packet mode from their ends, and stops who could notice.
 * Returns null after saying why that cannot be; or if there is nothing to do.
 */
struct window *window_open(const struct hook *hook);
/* Gives packet mode back; others stay stopped. */
void window_restore_modes(struct window *window);
/* The same, when CRIU has looked at all: the dump fails if anything was not as it should have been. */
void window_complete(struct window *window);
/* Lets them go on. True if there are any. */
bool window_holds_others(const struct window *window);
void window_close(struct window *window);

/* Sets packet mode again of what a keeper left that was killed. True if there was something. */
bool window_repair(const struct hook *hook);

/* ---- criu-explain.c ---- */

int hook_explain(const char *directory);
/* Sets packet mode again of what a keeper left that was killed. */
int hook_repair(const char *directory);

#endif
