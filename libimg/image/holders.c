// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/holders.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

int holders_add_end(struct holders *holders, struct pimg_queue_info *info,
		    const struct pimg_end *end, struct pimg_error *error)
{
	if (array_make_room(&holders->ends, &holders->end_room, info->end_count + 1,
			    sizeof(*holders->ends), error) < 0)
		return -1;
	info->ends = (const struct pimg_ends *)holders->ends;
	holders->ends[info->end_count] = *end;
	holders->ends[info->end_count++].size = sizeof(*end);
	return 0;
}

int holders_add_path(struct holders *holders, struct pimg_queue_info *info, const char *path,
		     struct pimg_error *error)
{
	char **grown;

	for (size_t i = 0; i < info->path_count; i++) {
		if (!strcmp(holders->paths[i], path))
			return 0;
	}
	if (info->path_count == PIMG_PATHS_MAX)
		return 0;
	grown = reallocarray(holders->paths, info->path_count + 1, sizeof(*grown));
	if (!grown)
		return error_memory(error);
	holders->paths = grown;
	info->paths = (const char *const *)grown;
	grown[info->path_count] = strdup(path);
	if (!grown[info->path_count])
		return error_memory(error);
	info->path_count++;
	return 0;
}

/* Descriptors in flight come first, by socket. */
static int by_process(const void *a, const void *b)
{
	const struct pimg_end *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->fd != y->fd)
		return x->fd < y->fd ? -1 : 1;
	return (x->socket > y->socket) - (x->socket < y->socket);
}

void holders_sort(struct holders *holders, const struct pimg_queue_info *info)
{
	if (info->end_count)
		qsort(holders->ends, info->end_count, sizeof(*holders->ends), by_process);
}

void holders_release(struct holders *holders, const struct pimg_queue_info *info)
{
	for (size_t i = 0; i < info->path_count; i++)
		free(holders->paths[i]);
	free(holders->paths);
	free(holders->ends);
}
