/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of the hook, and its files in the image directory. */
#ifndef TOOLS_CRIU_FILES_H
#define TOOLS_CRIU_FILES_H

#include "criu/names.h"
#include "pipeimg.h"
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* What CRIU passes to its action script. */
struct hook {
	const char *action;
	int directory_fd; /* the image directory, or -1; every file is opened relative to it */
	char directory[PATH_MAX]; /* its name, for messages: it may be another directory by now */
	pid_t criu;
	pid_t init; /* first process of the tree, or 0 if it does not exist yet */
};

/* Opens the directory. Returns 0, or -1 with errno set. */
int hook_open_directory(struct hook *hook, const char *directory);
/* True if the file exists, or if that is unknown. */
bool hook_has(const struct hook *hook, const char *name);
/* Returns 0, also if the file does not exist, or an exit status after printing an error. */
int hook_remove(const struct hook *hook, const char *name);
/*
 * Opens a regular file with one link, of the owner of the directory or of the caller; does not follow links.
 * Returns a descriptor, or -1 and sets problem.
 */
int hook_open(const struct hook *hook, const char *name, int flags, const char **problem);
/*
 * Opens an image in the same way. It must not be compressed. Returns null after printing an error. Damage is also
 * printed, but the image is returned. Both set *status.
 */
struct pimg_image *hook_open_image(const struct hook *hook, const char *name, int *status);
/* The same for the directory, with all of its images. */
struct pimg_image *hook_open_images(const struct hook *hook, int *status);
/* Starts the hook's image of a type. Returns null after printing an error, with *status set. */
struct pimg_writer *hook_create_image(const struct hook *hook, enum pimg_type type,
				      const struct pimg_writer_options *options, int *status);
/* The names of the hook's image and of CRIU's image of this type. */
const char *hook_state_name(enum pimg_type type);
const char *hook_stock_name(enum pimg_type type);

/* Prints a message to standard error and to the hook's log. */
void hook_say(const struct hook *hook, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for an error. Returns its exit status. */
int hook_complain(const struct hook *hook, const struct pimg_error *error);
int hook_refuse(const struct hook *hook, enum pimg_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Marks the dump as failed, until hook_remove() of the mark. Returns 0 or an exit status. */
int hook_mark_failed(const struct hook *hook);

#endif
