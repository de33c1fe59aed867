/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files of proc(5). */
#ifndef LIBIMG_LIVE_PROC_FILE_H
#define LIBIMG_LIVE_PROC_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Parses a name that has only digits. */
bool procfs_number(const char *text, uint64_t *value);
/* Reads a small file in dirfd into text, and terminates it. Returns its length, or -1. */
ssize_t procfs_read(int dirfd, const char *name, char *text, size_t size);
/* Opens the directory of a process's threads, or returns null. */
DIR *procfs_open_tasks(pid_t pid);

#endif
