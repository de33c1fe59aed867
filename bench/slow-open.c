// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For LD_PRELOAD: opening a file whose name ends with .tar for reading takes 100 ms, as on a file system whose server
 * is far away.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

static void wait_for_server(const char *path)
{
	const struct timespec latency = {.tv_nsec = 100 * 1000 * 1000};
	size_t length = strlen(path);

	if (length > 4 && !strcmp(path + length - 4, ".tar"))
		nanosleep(&latency, NULL);
}

/* The measured command creates no files, so the mode is not needed. */
int open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...);

	*(void **)&next = dlsym(RTLD_NEXT, "open");
	wait_for_server(path);
	return next(path, flags);
}

int openat(int dirfd, const char *path, int flags, ...)
{
	int (*next)(int, const char *, int, ...);

	*(void **)&next = dlsym(RTLD_NEXT, "openat");
	wait_for_server(path);
	return next(dirfd, path, flags);
}
