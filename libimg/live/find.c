// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds pipes among those from one pass over /proc. */
#include <errno.h>
#include <stdlib.h>

#include "live/procfs.h"

/* The sort order of the pipes. */
static int by_identity(const void *a, const void *b)
{
	const struct pimg_live_pipe *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return (x->device > y->device) - (x->device < y->device);
}

static ssize_t find_of_type(const struct pimg_live *live, enum pimg_type type, uint64_t device,
			    uint64_t inode)
{
	struct pimg_live_pipe wanted = {.type = type, .device = device, .inode = inode}, *found;

	if (!live->pipe_count)
		return -1;
	found = bsearch(&wanted, live->pipes, live->pipe_count, sizeof(wanted), by_identity);
	return found ? found - live->pipes : -1;
}

ssize_t pimg_live_find(const struct pimg_live *live, uint64_t device, uint64_t inode)
{
	ssize_t found = find_of_type(live, PIMG_PIPE, device, inode);

	return found >= 0 ? found : find_of_type(live, PIMG_FIFO, device, inode);
}

static int by_descriptor(const void *a, const void *b)
{
	const struct end_key *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

/* Built on first use: most callers never need it. */
static int sort_by_descriptor(struct pimg_live *live)
{
	size_t count = 0;

	if (live->end_keys || !live->found_count)
		return 0;
	live->end_keys = calloc(live->found_count, sizeof(*live->end_keys));
	if (!live->end_keys)
		return -1;
	for (size_t i = 0; i < live->pipe_count; i++) {
		for (size_t j = 0; j < live->pipes[i].end_count; j++) {
			const struct pimg_end *end = pimg_end_at(live->pipes[i].ends, j);

			live->end_keys[count++] = (struct end_key){end->pid, end->fd, i};
		}
	}
	live->end_key_count = count;
	qsort(live->end_keys, count, sizeof(*live->end_keys), by_descriptor);
	return 0;
}

ssize_t pimg_live_find_end(struct pimg_live *live, pid_t pid, uint32_t fd)
{
	struct end_key wanted = {.pid = (uint32_t)pid, .fd = fd}, *found = NULL;

	if (sort_by_descriptor(live) == 0 && live->end_key_count)
		found = bsearch(&wanted, live->end_keys, live->end_key_count, sizeof(wanted),
				by_descriptor);
	return found ? (ssize_t)found->pipe : -1;
}
