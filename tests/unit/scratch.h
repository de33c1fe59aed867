/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory for one test program, removed with its content. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[64];

static inline int scratch_make(void **state)
{
	(void)state;
	/* In memory if possible, because every write is synced. */
	snprintf(scratch, sizeof(scratch), "%s/pipeimg-test-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(scratch) ? 0 : -1;
}

static inline int scratch_remove_entry(const char *path, const struct stat *status, int type,
				       struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline int scratch_remove(void **state)
{
	(void)state;
	return nftw(scratch, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in it; valid until the next call but one. */
static inline const char *scratch_path(const char *name)
{
	static char paths[2][256];
	static int which;

	which = !which;
	snprintf(paths[which], sizeof(paths[which]), "%s/%s", scratch, name);
	return paths[which];
}

static inline void scratch_write(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(scratch_path(name), "we");

	if (!file || fwrite(bytes, 1, length, file) != length || fclose(file))
		abort();
}

/* How many entries the directory has, including hidden ones. */
static inline size_t scratch_count(void)
{
	DIR *directory = opendir(scratch);
	size_t count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

#endif
