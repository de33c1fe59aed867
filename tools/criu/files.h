/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of the hook, and the files in its directory: ours, and CRIU's beside them. */
#ifndef TOOLS_CRIU_FILES_H
#define TOOLS_CRIU_FILES_H

#include "pipeimg.h"
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

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

#endif
