// SPDX-License-Identifier: LGPL-2.1-or-later
/* The pipes of one process and its descendants, found without a look at any other process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "live/proc-file.h"
#include "live/procfs.h"
#include "pipeimg-private.h"

/* Adds the children that a thread has started, from /proc/PID/task/TID/children. Returns -1 if memory is short. */
static int add_children_of_thread(struct pimg_live *live, int threads, const char *name)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	FILE *children;
	int result = 0;
	int pid;

	snprintf(path, sizeof(path), "%.32s/children", name);
	fd = openat(threads, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) /* the thread has ended */
		return 0;
	children = fdopen(fd, "r");
	if (!children)
		return -1;
	take_fd(&fd);
	while (result == 0 && fscanf(children, "%d", &pid) == 1)
		result = live_add_process(live, pid);
	fclose(children);
	return result;
}

static int add_children(struct pimg_live *live, pid_t pid)
{
	struct dirent *entry;
	uint64_t number;
	char path[64];
	int result = 0;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	threads = opendir(path);
	if (!threads) /* the process has ended, or memory is short */
		return errno == ENOMEM ? -1 : 0;
	while (result == 0 && (entry = readdir(threads))) {
		if (procfs_number(entry->d_name, &number))
			result = add_children_of_thread(live, dirfd(threads), entry->d_name);
	}
	closedir(threads);
	return result;
}

struct pimg_live *pimg_live_scan_tree(pid_t root, struct pimg_error *error)
{
	struct pimg_live *live = pimg_live_begin(PIMG_LIVE_SELF, error);
	int result = live ? live_add_process(live, root) : 0;

	for (size_t i = 0; live && result == 0 && i < live->process_count; i++)
		result = add_children(live, live->processes[i].pid);
	if (live && result == 0)
		result = live_finish(live);
	if (result == 0)
		return live;
	error_memory(error);
	pimg_live_free(live);
	return NULL;
}
